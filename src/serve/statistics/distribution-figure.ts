// How numbers are spread, as a figure.
import type { Distribution } from '../../layout/statistics/distribution.js'
import type { Figure } from '../wire.js'

/** Bins of a figure at most. */
const SHOWN_BINS = 40

/** Bins of one width from the lowest number on; the few highest share the last. */
export function distributionFigure(title: string, unit: string, given: Distribution): Figure {
  const { count, min, p50, mean, p95, p99, max, counts, beyond } = given
  const summary = { count, min, median: p50, mean, p95, max }
  if (count === 0) return { kind: 'histogram', title, unit, summary, bins: [] }
  const width = Math.max(1, Math.ceil((p99 - min + 1) / SHOWN_BINS))
  const size = Math.max(1, Math.ceil((p99 - min + 1) / width))
  const bins = Array.from({ length: size }, (_, i) => ({ from: min + i * width, to: min + (i + 1) * width, count: 0 }))
  const last = bins[size - 1]!
  for (const [value, times] of counts.entries()) {
    if (times > 0) (bins[Math.floor((value - min) / width)] ?? last).count += times
  }
  last.count += beyond
  last.to = Math.max(last.to, max + 1)
  return { kind: 'histogram', title, unit, summary, bins }
}
