// How far an import is as a whole: its stages are weighed by the bytes of the sources that they go through and by what a
// byte costs in each, so that the time left is that of everything, not of the stage.
import type { OnProgress, Progress } from '../base/progress.js'
import type { ImportSource } from './source.js'

/** The stages, in their order. */
export const importStages = ['reading pictures', 'reading instructions', 'writing pictures', 'writing pairs'] as const

export type ImportStage = (typeof importStages)[number]

/** What a byte of the source costs in each stage, against a byte of pictures that is read (docs/benchmarks.md). */
const COSTS: Readonly<Record<ImportStage, number>> = {
  'reading pictures': 1,
  'reading instructions': 4,
  'writing pictures': 2,
  'writing pairs': 14,
}

/**
 * Adds to each report how much of the whole is behind.
 * @param sources whose bytes weigh the stages
 */
export function overallProgress(
  sources: readonly Pick<ImportSource, 'pictureBytes' | 'pairBytes'>[],
  tell: OnProgress,
): OnProgress {
  const bytesOf = (stage: ImportStage) =>
    sources.reduce((sum, source) => sum + (/pictures/.test(stage) ? source.pictureBytes : source.pairBytes), 0)
  const weights = importStages.map((stage) => bytesOf(stage) * COSTS[stage])
  const befores = weights.map((_, i) => weights.slice(0, i).reduce((sum, weight) => sum + weight, 0))
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  let overall = 0
  return ({ stage: name, done, total = 0, unit }: Progress) => {
    const stage = (importStages as readonly string[]).indexOf(name)
    if (stage >= 0 && whole > 0 && total > 0) {
      // What was said is never taken back.
      overall = Math.max(overall, (befores[stage]! + weights[stage]! * Math.min(1, done / total)) / whole)
    }
    tell({ stage: name, done, total, unit, overall })
  }
}
