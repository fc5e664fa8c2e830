// Trying again: one request is tried until it works, its patience is at an end, or somebody says stop. Silence is found
// by a timer that every byte winds up again, a drip by one that no byte does.
import { isMimicitError } from '../../base/errors.js'
import type { Clock } from './clock.js'
import { Failure, failureOfThrown, gaveUp, stopped } from './network-error.js'
import { backoffMs, GOOD_PROGRESS, type RetryPolicy, tryLimitMs } from './retry.js'

/** What one try is given. */
export interface Try {
  readonly signal: AbortSignal
  /** Tells that something was heard. */
  alive(): void
  /** Bytes this try brought that are kept whatever becomes of it. */
  kept: number
}

/** What decides over tries. */
export interface Patience {
  readonly policy: RetryPolicy
  readonly clock: Clock
  /** Aborts everything. */
  readonly stop: AbortSignal
  /** Called when a try failed and there will be another. */
  readonly onRetry: () => void
}

/**
 * Tries until `attempt` gives something; it returns a Failure for what is worth another try.
 * @param bytes how much content one try may have to wait for
 * @throws MimicitError what `attempt` throws, MIMICIT_NETWORK when tries are exhausted, MIMICIT_ABORTED when stopped
 */
export async function persist<T>(
  url: URL,
  bytes: number,
  { policy, clock, stop, onRetry }: Patience,
  attempt: (one: Try) => Promise<T | Failure>,
): Promise<T> {
  for (let failures = 0; ; ) {
    if (stop.aborted) throw stopped(url)
    const watch = watchdog(policy, bytes, clock, stop)
    let last: Failure
    try {
      const result = await attempt(watch)
      if (!(result instanceof Failure)) return result
      last = result
    } catch (error) {
      if (stop.aborted) throw stopped(url)
      if (isMimicitError(error)) throw error
      last = watch.silence === undefined ? failureOfThrown(error) : new Failure(watch.silence)
    } finally {
      watch.done()
    }
    failures = watch.kept >= GOOD_PROGRESS ? 1 : failures + 1
    if (failures >= policy.tries) throw gaveUp(url, last, failures)
    onRetry()
    try {
      await clock.wait(backoffMs(policy, failures, last.retryAfter, clock.random(), clock.now()), stop)
    } catch {
      throw stopped(url)
    }
  }
}

/** Aborts a try when nothing was heard for a while, when it takes too long all in all, or when everything stops. */
function watchdog(policy: RetryPolicy, bytes: number, clock: Clock, stop: AbortSignal) {
  const controller = new AbortController()
  const abort = () => controller.abort()
  let silence: string | undefined
  const limitMs = tryLimitMs(policy, bytes)
  const give = (what: string) => () => {
    silence = what
    abort()
  }
  const onSilence = give(`silence for ${policy.timeoutMs} ms`)
  let quiet = clock.after(policy.timeoutMs, onSilence)
  const drip = clock.after(limitMs, give(`less than the bytes asked for in ${Math.round(limitMs)} ms`))
  stop.addEventListener('abort', abort, { once: true })
  return {
    signal: controller.signal,
    kept: 0,
    alive() {
      quiet()
      quiet = clock.after(policy.timeoutMs, onSilence)
    },
    get silence() {
      return silence
    },
    done() {
      quiet()
      drip()
      stop.removeEventListener('abort', abort)
    },
  }
}
