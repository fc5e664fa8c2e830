// When and how long to wait before a request is tried again: pure decisions, so that tests need no clock.

/** How patient a client is. */
export interface RetryPolicy {
  /** Tries of one request, the first included; a try that brought a good piece of the bytes does not count. */
  readonly tries: number
  /** Milliseconds one try may take without a byte arriving. */
  readonly timeoutMs: number
  /** Milliseconds of the first wait; it doubles with every try. */
  readonly backoffMs: number
  readonly maxBackoffMs: number
}

/** Patient enough for a hub that is busy for a minute, not for one that is gone. */
export const DEFAULT_RETRY: RetryPolicy = { tries: 7, timeoutMs: 30_000, backoffMs: 250, maxBackoffMs: 20_000 }

/** Bytes that a failed try must have brought to leave the patience of its request as it was. */
export const GOOD_PROGRESS = 65_536

/** The slowest that a try may be all in all, in bytes a second: a drip is silence too. */
const SLOWEST = 16_384

/** Whether a status is worth another try: the server is busy or stumbled, the request itself is fine. */
export function isTransient(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501 && status !== 505)
}

/** Milliseconds that a whole try for so many bytes may take, however steadily they drip. */
export function tryLimitMs(policy: RetryPolicy, bytes: number): number {
  return policy.timeoutMs + (bytes / SLOWEST) * 1000
}

/**
 * Milliseconds to wait before the next try.
 * @param failures tries that failed so far, at least 1
 * @param retryAfter value of the Retry-After header: seconds, or an HTTP date (RFC 9110, section 10.2.3)
 * @param random a number in [0, 1): half of the wait is jitter, so that ranks do not come back all at once
 * @param now milliseconds since 1970
 */
export function backoffMs(
  policy: RetryPolicy,
  failures: number,
  retryAfter: string | null,
  random: number,
  now: number,
): number {
  const asked = retryAfter === null ? undefined : parseRetryAfter(retryAfter, now)
  // A server that asks for no wait at all does not mean it: ranks that all come back at once are what it suffers from.
  if (asked !== undefined && asked > 0) return Math.min(asked, 10 * policy.maxBackoffMs) + random * policy.backoffMs
  const full = Math.min(policy.maxBackoffMs, policy.backoffMs * 2 ** (failures - 1))
  return full / 2 + (random * full) / 2
}

/** Milliseconds that a Retry-After header asks for; undefined if it says nothing sensible. */
export function parseRetryAfter(value: string, now: number): number | undefined {
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000
  // Date.parse makes a date of almost anything, so only what looks like an HTTP date gets that far.
  const date = /^\s*[A-Z][a-z]+, .* GMT\s*$/.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(date) ? undefined : date - now
}
