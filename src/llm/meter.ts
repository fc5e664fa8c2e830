// What a job tells about itself while it runs.
import type { Budget, Spent } from './budget.js'

/** The state of a job. */
export interface JobMeter extends Spent {
  /** Asks with an answer. */
  readonly done: number
  /** Asks that were given up. */
  readonly failed: number
  /** Of those, asks that were in the journal or the cache already. */
  readonly known: number
  /** Calls under way. */
  readonly inFlight: number
  /** Calls that were tried again. */
  readonly retries: number
  /** All asks, where that is known. */
  readonly total: number | undefined
  /** Answers a minute, lately. */
  readonly perMinute: number
  /** Milliseconds that the rest will take at that rate, where the total is known. */
  readonly remainingMs: number | undefined
}

/** Receives it; called with every ask that ends. */
export type OnMeter = (meter: JobMeter) => void

/** Counts. */
export interface MeterCounts {
  done: number
  failed: number
  known: number
  inFlight: number
  retries: number
}

const LATELY = 256

/** Counts what happens. */
export interface MeterKeeper {
  readonly counts: MeterCounts
  /** A call was answered. */
  answered(): void
  read(): JobMeter
}

/** @param now milliseconds */
export function createMeter(budget: Budget, total: number | undefined, now: () => number): MeterKeeper {
  const counts: MeterCounts = { done: 0, failed: 0, known: 0, inFlight: 0, retries: 0 }
  const times: number[] = [now()]
  return {
    counts,
    answered() {
      times.push(now())
      if (times.length > LATELY) times.shift()
    },
    read() {
      const ms = now() - times[0]!
      const perMinute = times.length < 2 || ms <= 0 ? 0 : ((times.length - 1) * 60_000) / ms
      const left = total === undefined ? undefined : Math.max(0, total - counts.done - counts.failed)
      const remainingMs =
        left === 0 ? 0 : left === undefined || perMinute === 0 ? undefined : (left / perMinute) * 60_000
      return { ...counts, ...budget.spent(), total, perMinute, remainingMs }
    },
  }
}
