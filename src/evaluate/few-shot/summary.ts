// Scores of conditions as means over seeds, with how far seeds are apart.
import type { Condition } from './answerer.js'

/** The scores of one condition. */
export interface ConditionScores extends Condition {
  readonly scores: Readonly<Record<string, number>>
  readonly items: readonly { readonly id: string; readonly score: number }[]
}

/** One number over seeds. */
export interface OverSeeds {
  readonly mean: number
  /** Standard deviation over seeds; 0 of one seed. */
  readonly spread: number
}

/** The scores of an in-context function with so many shots. */
export interface ShotSummary {
  readonly select: string
  readonly shots: number
  readonly seeds: number
  readonly scores: Readonly<Record<string, OverSeeds>>
}

/** Mean and standard deviation (of a sample) of some numbers. */
export function overSeeds(values: readonly number[]): OverSeeds {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  if (values.length < 2) return { mean, spread: 0 }
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, spread: Math.sqrt(squares / (values.length - 1)) }
}

/** Summaries by in-context function, then shots; without shots all functions are the same, and have the same scores. */
export function summarise(conditions: readonly ConditionScores[], selections: readonly string[]): ShotSummary[] {
  return selections.flatMap((select) => {
    const own = conditions.filter((condition) => condition.shots === 0 || condition.select === select)
    const shots = [...new Set(own.map((condition) => condition.shots))].sort((a, b) => a - b)
    return shots.map((count) => {
      const scored = own.filter((condition) => condition.shots === count)
      const names = Object.keys(scored[0]!.scores)
      const scores = names.map((name) => [name, overSeeds(scored.map((condition) => condition.scores[name]!))] as const)
      return { select, shots: count, seeds: scored.length, scores: Object.fromEntries(scores) }
    })
  })
}
