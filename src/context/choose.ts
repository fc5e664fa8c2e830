// From proposals to contexts: the first k that pass every guard. Pure.
import type { PairFacts } from './facts.js'
import { activeGuards, type GuardCounts, type GuardSettings, type LeakCheck } from './guards.js'
import type { Proposal, QueryRules } from './selector.js'

/** What was taken, and what was kept out on the way. */
export interface Choice {
  /** In the order in which they were proposed. */
  readonly taken: readonly Proposal[]
  readonly keptOut: GuardCounts
}

/** Chooses among the proposals of a query. */
export type Choose = (query: number, proposals: readonly Proposal[], k: number, rules: QueryRules) => Choice

/** Nothing kept out. */
export const noCounts = (): Record<keyof GuardCounts, number> => ({
  ...{ oneself: 0, repeated: 0, visualTaken: 0 },
  ...{ sameVisuals: 0, splits: 0, languages: 0, subsets: 0, minScore: 0, leaks: 0 },
})

/** @param leaks asked last, since it has to read responses */
export function createChoose(facts: PairFacts, settings: GuardSettings, leaks: LeakCheck = () => false): Choose {
  const guards = activeGuards(facts, settings, leaks)
  return (query, proposals, k, rules) => {
    const keptOut = noCounts()
    const most = Math.min(k, rules.most)
    const taken: Proposal[] = []
    const rows = new Set<number>()
    const visuals = new Set<number>()
    for (const proposal of proposals) {
      if (taken.length >= most) break
      const { row, score } = proposal
      const visual = facts.visuals.of[row] ?? -1
      if (row === query) keptOut.oneself++
      else if (rows.has(row)) keptOut.repeated++
      else if (rules.onePerVisual && visual >= 0 && visuals.has(visual)) keptOut.visualTaken++
      else {
        const stopped = guards.find(([, stops]) => stops({ query, row, score, rules }))
        if (stopped !== undefined) keptOut[stopped[0]]++
        else {
          taken.push(proposal)
          rows.add(row)
          visuals.add(visual)
        }
      }
    }
    return { taken, keptOut }
  }
}
