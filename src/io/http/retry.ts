// When and how long to wait before a request is tried again: pure decisions, so that tests need no clock.

/** How patient a client is. */
export interface RetryPolicy {
  /** Tries of one request, the first included. */
  readonly tries: number
  /** Milliseconds one try may take without a byte arriving. */
  readonly timeoutMs: number
  /** Milliseconds of the first wait; it doubles with every try. */
  readonly backoffMs: number
  readonly maxBackoffMs: number
}

/** Patient enough for a hub that is busy for a minute, not for one that is gone. */
export const DEFAULT_RETRY: RetryPolicy = { tries: 7, timeoutMs: 30_000, backoffMs: 250, maxBackoffMs: 20_000 }

/** Whether a status is worth another try: the server is busy or stumbled, the request itself is fine. */
export function isTransient(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501 && status !== 505)
}

/**
 * Milliseconds to wait before try number `attempt` (from 1).
 * @param retryAfter value of the Retry-After header: seconds, or an HTTP date (RFC 9110, section 10.2.3)
 * @param random a number in [0, 1): half of the wait is jitter, so that ranks do not come back all at once
 * @param now milliseconds since 1970
 */
export function backoffMs(
  policy: RetryPolicy,
  attempt: number,
  retryAfter: string | null,
  random: number,
  now: number,
): number {
  const asked = retryAfter === null ? undefined : parseRetryAfter(retryAfter, now)
  if (asked !== undefined) return Math.min(Math.max(asked, 0), 10 * policy.maxBackoffMs) + random * policy.backoffMs
  const full = Math.min(policy.maxBackoffMs, policy.backoffMs * 2 ** (attempt - 1))
  return full / 2 + (random * full) / 2
}

function parseRetryAfter(value: string, now: number): number | undefined {
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : date - now
}
