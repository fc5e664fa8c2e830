// Time and chance as the network code sees them: one object, so that tests bring their own and never wait.
import { setTimeout as sleep } from 'node:timers/promises'

/** Where waits, time-outs and jitter come from. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** A number in [0, 1). */
  random(): number
  /** Resolves after a while; rejects at once when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  /** Calls `fire` after a while. @returns what calls it off */
  after(ms: number, fire: () => void): () => void
}

/** The real one. */
export const systemClock: Clock = {
  now: Date.now,
  random: Math.random,
  wait: (ms, signal) => sleep(ms, undefined, { signal }),
  after(ms, fire) {
    const timer = setTimeout(fire, ms)
    return () => clearTimeout(timer)
  },
}
