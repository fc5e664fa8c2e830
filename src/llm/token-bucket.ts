// A rate as a bucket: it fills steadily up to a brim, and who takes from it waits while it is empty. It may be taken below
// zero, when a call turns out to have used more than was thought; the next ones pay for that by waiting.

/** A bucket. All times are milliseconds. */
export interface TokenBucket {
  /** Milliseconds until `amount` is there; 0 = now. What is more than a full bucket waits for a full one only. */
  waitMs(amount: number, now: number): number
  /** Takes, whether it is there or not; a negative amount gives back. */
  take(amount: number, now: number): void
  /** Sets the rate; what is there stays, up to the new brim. */
  setRate(perSecond: number, now: number): void
  /** Takes what is above `level` away. */
  lowerTo(level: number, now: number): void
  readonly perSecond: number
}

/** How much a bucket holds: what comes in within this time. Calls bunch on their way, and the bucket of a server holds no more than a second or so. */
const BRIM_SECONDS = 0.5

/** @param perSecond how fast it fills; it starts full. Infinity = no limit */
export function tokenBucket(perSecond: number, now: number): TokenBucket {
  let rate = perSecond
  let level = brim()
  let at = now
  function brim(): number {
    return Math.max(1, rate * BRIM_SECONDS)
  }
  const fill = (time: number) => {
    if (time > at && rate !== Number.POSITIVE_INFINITY) level = Math.min(brim(), level + ((time - at) * rate) / 1000)
    at = Math.max(at, time)
  }
  return {
    waitMs(amount, time) {
      if (rate === Number.POSITIVE_INFINITY) return 0
      fill(time)
      const missing = Math.min(amount, brim()) - level
      // A hair's breadth is not worth a wait.
      return missing <= 1e-6 ? 0 : (missing / rate) * 1000
    },
    take(amount, time) {
      if (rate === Number.POSITIVE_INFINITY) return
      fill(time)
      level = Math.min(brim(), level - amount)
    },
    setRate(next, time) {
      fill(time)
      const first = rate === Number.POSITIVE_INFINITY
      rate = next
      level = first ? brim() : Math.min(level, brim())
    },
    lowerTo(most, time) {
      fill(time)
      level = Math.min(level, most)
    },
    get perSecond() {
      return rate
    },
  }
}
