// A histogram of whole numbers in bounded memory: a count for every number up to a bound, coarser ones above it.
import type { Figure } from '../wire.js'

/** Exact below this; above it a bin is one 64th of its number wide. */
const EXACT = 1024
const PARTS = 64

/** Counts numbers from 0. */
export interface Histogram {
  add(value: number): void
  figure(title: string, unit: string): Figure
}

/** Bins of a figure at most. */
const SHOWN_BINS = 40

export function createHistogram(): Histogram {
  const counts = new Map<number, number>()
  let count = 0
  let sum = 0
  let min = Number.POSITIVE_INFINITY
  let max = 0
  return {
    add(value) {
      const key = keyOf(value)
      counts.set(key, (counts.get(key) ?? 0) + 1)
      count++
      sum += value
      if (value < min) min = value
      if (value > max) max = value
    },
    figure(title, unit) {
      const sorted = [...counts].sort(([a], [b]) => a - b)
      const at = (part: number) => {
        let seen = 0
        for (const [value, n] of sorted) {
          seen += n
          if (seen >= part * count) return value
        }
        return max
      }
      const summary = {
        count,
        min: count === 0 ? 0 : min,
        median: at(0.5),
        mean: count === 0 ? 0 : sum / count,
        p95: at(0.95),
        max,
      }
      return { kind: 'histogram', title, unit, summary, bins: binned(sorted, at(0.995), max) }
    },
  }
}

/** The number that stands for those of its bin: itself, or the lowest of them. */
function keyOf(value: number): number {
  if (value < EXACT) return value
  const width = 2 ** Math.floor(Math.log2(value)) / PARTS
  return Math.floor(value / width) * width
}

/** Bins of one width; the few highest numbers share the last. */
function binned(sorted: readonly (readonly [number, number])[], high: number, max: number) {
  const min = sorted[0]?.[0]
  if (min === undefined) return []
  const width = Math.max(1, Math.ceil((high - min + 1) / SHOWN_BINS))
  const size = Math.ceil((high - min + 1) / width)
  const bins = Array.from({ length: size }, (_, i) => ({ from: min + i * width, to: min + (i + 1) * width, count: 0 }))
  for (const [value, n] of sorted) {
    bins[Math.min(size - 1, Math.floor((value - min) / width))]!.count += n
  }
  const last = bins[size - 1]!
  bins[size - 1] = { ...last, to: Math.max(last.to, max + 1) }
  return bins
}
