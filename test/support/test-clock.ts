// A clock that a test moves by hand: waits are over at once and remembered, time-outs fire when the test says so.
import type { Clock } from '../../src/io/http/clock.js'

/** A clock with a record. */
export interface TestClock extends Clock {
  /** Milliseconds of every wait so far. */
  readonly waits: readonly number[]
  /** Fires the time-outs that were set with so many milliseconds. */
  fire(ms: number): void
  /** Time-outs that are set and were not called off. */
  readonly pending: number
}

/** @param now what the clock shows */
export function testClock(now = 0): TestClock {
  const waits: number[] = []
  const timers = new Set<{ readonly ms: number; readonly fire: () => void }>()
  return {
    waits,
    now: () => now,
    random: () => 0,
    async wait(ms, signal) {
      signal.throwIfAborted()
      waits.push(ms)
    },
    after(ms, fire) {
      const timer = { ms, fire }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    fire(ms) {
      for (const timer of [...timers]) if (timer.ms === ms && timers.delete(timer)) timer.fire()
    },
    get pending() {
      return timers.size
    },
  }
}
