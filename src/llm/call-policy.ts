// When a call that brought no answer is tried again, and when that has an end: pure decisions.
import { backoffMs, DEFAULT_RETRY } from '../io/http/retry.js'
import type { CallFacts } from './call-failure.js'

/** How patient a job is. */
export interface CallPolicy {
  /** Tries of one request before it is given up. A try that the server said is too much for it does not count. @default 5 */
  readonly tries?: number | undefined
  /** Milliseconds of the first wait; it doubles with every try. @default 500 */
  readonly backoffMs?: number | undefined
  /** @default 60000 */
  readonly maxBackoffMs?: number | undefined
  /** Requests that are given up one after the other, none answered between them, before the job stops. @default 20 */
  readonly stopAfter?: number | undefined
  /** Milliseconds for which a server may say without an answer that it is too much for it, before the job stops. @default 600000 */
  readonly throttledMs?: number | undefined
}

/** All of it. */
export type FullCallPolicy = { readonly [K in keyof Required<CallPolicy>]: number }

/** With defaults. */
export function callPolicy(policy: CallPolicy = {}): FullCallPolicy {
  const { tries = 5, backoffMs = 500, maxBackoffMs = 60_000, stopAfter = 20, throttledMs = 600_000 } = policy
  return { tries, backoffMs, maxBackoffMs, stopAfter, throttledMs }
}

/**
 * Milliseconds before the next try.
 * @param failures tries that failed so far, of either kind, at least 1
 * @param random a number in [0, 1)
 */
export function nextTryMs(
  policy: FullCallPolicy,
  { retryAfterMs }: CallFacts,
  failures: number,
  random: number,
): number {
  // The pace waits for what the server asks for; all that wait together must not come back together.
  if (retryAfterMs !== undefined) return retryAfterMs + random * policy.backoffMs
  return backoffMs({ ...DEFAULT_RETRY, ...policy }, Math.min(failures, 30), null, random, 0)
}
