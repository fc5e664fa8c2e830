// How many calls are under way at once, and how fast they follow each other. Rates that are stated or that the server tells
// are kept by token buckets; where nobody knows them, the number of calls grows while all goes well and shrinks when the
// server says that it is too much (additive increase, multiplicative decrease, as TCP does). First come, first served.
import { type Clock, systemClock } from '../io/http/clock.js'
import type { ServerLimits } from './chat.js'
import { tokenBucket } from './token-bucket.js'

/** A rate that several processes share. */
export interface SharedRate {
  /** Waits until so many requests and tokens may go out. */
  take(requests: number, tokens: number, signal: AbortSignal): Promise<void>
  /** Books tokens that a call has used beyond what was thought, or gives back what it has not. */
  correct(tokens: number): Promise<void>
}

/** Limits of the pace. */
export interface PaceOptions {
  /** Most calls at once. @default 64 */
  readonly concurrency?: number | undefined
  /** @default what the server says, or what it takes */
  readonly requestsPerMinute?: number | undefined
  /** Prompt and completion together. @default what the server says, or what it takes */
  readonly tokensPerMinute?: number | undefined
  /** Kept besides. */
  readonly shared?: SharedRate | undefined
  readonly clock?: Clock | undefined
}

/** How a call ended, as far as the pace goes. */
export type CallEnd =
  | { readonly kind: 'answered'; readonly tokens: number }
  | { readonly kind: 'failed' }
  /** Too much for the server. */
  | { readonly kind: 'throttled'; readonly retryAfterMs: number | undefined }

/** Leave to send one call. */
export interface Turn {
  /** To be called once. */
  end(end: CallEnd): void
}

/** A call that waits for its turn. */
export interface TurnWanted {
  /** Tokens that it is likely to take. */
  readonly tokens: number
  /** Goes before those that were never sent, so that what was begun has an end. @default false */
  readonly isRetry?: boolean
  /**
   * What has to be done before it goes out, such as writing it down: done while it is among the next, so that no place under
   * way stays empty meanwhile.
   */
  prepare?(): Promise<void>
}

/** Gives turns. */
export interface Pace {
  /**
   * Waits for a turn.
   * @throws what the signal's reason is, or what its preparation throws; the preparation has ended then
   */
  take(wanted: TurnWanted, signal: AbortSignal): Promise<Turn>
  /** What the server said of its limits. */
  heard(limits: ServerLimits): void
  /** Calls that may be under way at once now. */
  readonly window: number
}

/** @default of `concurrency` */
export const CONCURRENCY = 64
/** Where the window begins; it doubles with every round of calls until the server says that it is too much. */
const FIRST_WINDOW = 8
const DECREASE = 0.7
/** A rate that was found by being refused begins a little below what was taken, and grows by so much a second. */
const FOUND_SHARE = 0.95
const GROWTH_PER_SECOND = 0.01
/** What was taken is seen over this time. */
const SEEN_MS = 5000
/** Calls that go out within this time are prepared; preparing takes a sync or two of a disk. */
const SOON_MS = 100
/** Of those under way, so many end within that time where calls are quick. */
const SOON_SHARE = 0.25

interface Waiting {
  readonly tokens: number
  readonly isRetry: boolean
  isReady: boolean
  /** Begins what has to be done before, unless that was begun. */
  prepare(): void
  go(): void
}

/** Starts a pace. */
export function createPace(options: PaceOptions = {}): Pace {
  const { concurrency = CONCURRENCY, requestsPerMinute, tokensPerMinute, shared, clock = systemClock } = options
  const perSecond = (perMinute: number | undefined) =>
    perMinute === undefined ? Number.POSITIVE_INFINITY : perMinute / 60
  const requests = tokenBucket(perSecond(requestsPerMinute), clock.now())
  const tokens = tokenBucket(perSecond(tokensPerMinute), clock.now())
  const waiting: Waiting[] = []
  let answered: number[] = []
  let window = Math.min(FIRST_WINDOW, concurrency)
  let isStarting = true
  let running = 0
  let pausedUntil = 0
  let lastDecrease = Number.NEGATIVE_INFINITY
  /** When the rate of requests was found by being refused; undefined while it was not. */
  let foundAt: number | undefined
  let callOff: (() => void) | undefined

  const waitMs = (next: Waiting, now: number) =>
    Math.max(pausedUntil - now, requests.waitMs(1, now), tokens.waitMs(next.tokens, now))
  /** Calls that are prepared ahead: few, since a kill makes each of them one that may have been sent. */
  const ahead = () => 1 + Math.floor(Math.min(window * SOON_SHARE, (requests.perSecond * SOON_MS) / 1000))
  const pump = () => {
    callOff?.()
    callOff = undefined
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const now = clock.now()
      const ms = waitMs(next, now)
      if (ms <= SOON_MS) for (const each of waiting.slice(0, ahead())) each.prepare()
      if (running >= Math.floor(window)) return
      if (ms > 0) {
        callOff = clock.after(Math.ceil(ms), pump)
        return
      }
      // One that waits for its budget does not hold up those that have theirs.
      const at = waiting.findIndex(({ isReady }) => isReady)
      if (at < 0) return
      const [ready] = waiting.splice(at, 1)
      requests.take(1, now)
      tokens.take(ready!.tokens, now)
      running++
      ready!.go()
    }
  }
  const slower = (sentAt: number, retryAfterMs: number | undefined, now: number) => {
    if (retryAfterMs !== undefined) pausedUntil = Math.max(pausedUntil, now + retryAfterMs)
    // Calls that were sent before the last decrease say nothing about it.
    if (sentAt < lastDecrease) return
    lastDecrease = now
    isStarting = false
    window = Math.max(1, window * DECREASE)
    if (requestsPerMinute !== undefined) return
    answered = answered.filter((time) => time > now - SEEN_MS)
    const since = answered[0]
    if (since === undefined || answered.length < 3) return
    requests.setRate((FOUND_SHARE * answered.length * 1000) / Math.max(now - since, 1), now)
    foundAt = now
  }
  const faster = (wasFull: boolean, now: number) => {
    answered.push(now)
    if (answered.length > 4096) answered = answered.slice(-2048)
    if (foundAt !== undefined && now - foundAt >= 1000) {
      requests.setRate(requests.perSecond * (1 + GROWTH_PER_SECOND), now)
      foundAt = now
    }
    // A window that is not used up tells nothing about whether a larger one would do.
    if (wasFull) window = Math.min(concurrency, window + (isStarting ? 1 : 1 / window))
  }

  return {
    async take({ tokens: likely, isRetry = false, prepare }, signal) {
      signal.throwIfAborted()
      await new Promise<void>((resolve, reject) => {
        let preparing: Promise<void> | undefined
        const leaveQueue = () => {
          signal.removeEventListener('abort', stop)
          waiting.splice(waiting.indexOf(entry), 1)
        }
        const stop = () => {
          leaveQueue()
          const fail = () => reject(signal.reason)
          if (preparing === undefined) fail()
          else void preparing.finally(fail)
          pump()
        }
        const entry: Waiting = {
          tokens: likely,
          isRetry,
          isReady: prepare === undefined,
          prepare() {
            // Of many that are stopped together, the first must not have the next prepared.
            if (prepare === undefined || signal.aborted) return
            preparing ??= prepare().then(
              () => {
                entry.isReady = true
                pump()
              },
              (error) => {
                // Whoever was stopped meanwhile has left.
                if (!waiting.includes(entry)) return
                leaveQueue()
                reject(error)
                pump()
              },
            )
          },
          go() {
            signal.removeEventListener('abort', stop)
            resolve()
          },
        }
        signal.addEventListener('abort', stop, { once: true })
        const at = isRetry ? waiting.findIndex((other) => !other.isRetry) : -1
        waiting.splice(at < 0 ? waiting.length : at, 0, entry)
        pump()
      })
      const leave = () => {
        running--
        pump()
      }
      try {
        await shared?.take(1, likely, signal)
      } catch (error) {
        leave()
        throw error
      }
      const sentAt = clock.now()
      const wasFull = running >= Math.floor(window)
      return {
        end(end) {
          const now = clock.now()
          if (end.kind === 'throttled') slower(sentAt, end.retryAfterMs, now)
          else if (end.kind === 'answered') {
            tokens.take(end.tokens - likely, now)
            // What it could not book only makes the others a little too fast or too slow.
            void shared?.correct(end.tokens - likely).catch(() => undefined)
            faster(wasFull, now)
          }
          leave()
        },
      }
    },
    heard({ requests: ofRequests, tokens: ofTokens }) {
      const now = clock.now()
      if (ofRequests !== undefined && requestsPerMinute === undefined) {
        requests.setRate(ofRequests.perSecond, now)
        requests.lowerTo(ofRequests.remaining, now)
        foundAt = undefined
      }
      if (ofTokens !== undefined && tokensPerMinute === undefined) {
        tokens.setRate(ofTokens.perSecond, now)
        tokens.lowerTo(ofTokens.remaining, now)
      }
    },
    get window() {
      return Math.floor(window)
    },
  }
}
