// How whole numbers are spread: exact counts of each up to a limit, and of all beyond it together.
import type { HistogramBin } from '../../base/chart/histogram-chart.js'

/** What is known of some numbers. */
export interface Distribution {
  readonly count: number
  readonly mean: number
  readonly min: number
  readonly max: number
  /** Numbers that half, nine tenths, 95 % and 99 % of all do not exceed; the limit where they lie beyond it. */
  readonly p50: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
  /** How often each number came up, from 0 on, as far as any did. */
  readonly counts: readonly number[]
  /** How many lie beyond the counts. */
  readonly beyond: number
}

/** Counts numbers. */
export interface DistributionCounter {
  add(value: number): void
  result(): Distribution
}

/** @param limit numbers up to it are counted exactly */
export function distributionCounter(limit = 1000): DistributionCounter {
  const counts = new Float64Array(limit + 1)
  let count = 0
  let sum = 0
  let min = Number.POSITIVE_INFINITY
  let max = 0
  let beyond = 0
  return {
    add(value) {
      count++
      sum += value
      min = Math.min(min, value)
      max = Math.max(max, value)
      if (value <= limit) counts[value]!++
      else beyond++
    },
    result() {
      const quantile = (share: number) => {
        let seen = 0
        for (let value = 0; value <= limit; value++) {
          seen += counts[value]!
          if (seen >= share * count) return value
        }
        return limit
      }
      return {
        ...{ count, mean: count === 0 ? 0 : sum / count, min: count === 0 ? 0 : min, max },
        ...{ p50: quantile(0.5), p90: quantile(0.9), p95: quantile(0.95), p99: quantile(0.99) },
        counts: Array.from(counts.subarray(0, count === 0 ? 0 : Math.min(max, limit) + 1)),
        beyond,
      }
    },
  }
}

/** Counts as at most `most` bins of equal width. */
export function binsOf({ counts }: Distribution, most: number): HistogramBin[] {
  const width = Math.max(1, Math.ceil(counts.length / most))
  return Array.from({ length: Math.ceil(counts.length / width) }, (_, n) => ({
    ...{ from: n * width, to: (n + 1) * width },
    count: counts.slice(n * width, (n + 1) * width).reduce((sum, count) => sum + count, 0),
  }))
}
