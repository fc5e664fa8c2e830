// Time and chance as the network code sees them: one object, so that tests bring their own and never wait.
import { setTimeout as sleep } from 'node:timers/promises'

/** Where waits, time-outs and jitter come from. */
export interface Clock {
  /** Milliseconds since 1970 by the clock as it stood when the process began: never goes back, whatever is done to that one. */
  now(): number
  /** A number in [0, 1). */
  random(): number
  /** Resolves after a while; rejects at once when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  /** Calls `fire` after a while. @returns what calls it off */
  after(ms: number, fire: () => void): () => void
}

/** Timers take no more than this, and fire at once beyond it. */
const LONGEST_MS = 2 ** 31 - 1

/** The real one. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  random: Math.random,
  wait: (ms, signal) => sleep(Math.min(ms, LONGEST_MS), undefined, { signal }),
  after(ms, fire) {
    const timer = setTimeout(fire, Math.min(ms, LONGEST_MS))
    return () => clearTimeout(timer)
  },
}
