// From proposals to contexts: the first k that pass every guard. Pure but for the counts it keeps.
import type { PairFacts } from './facts.js'
import { activeGuards, type GuardCounts, type GuardSettings, type LeakCheck } from './guards.js'
import type { Proposal, QueryRules } from './selector.js'

/** Chooses among proposals. */
export interface Chooser {
  /** Those that are taken, in the order in which they were proposed. */
  choose(query: number, proposals: readonly Proposal[], k: number, rules: QueryRules): readonly Proposal[]
  readonly counts: GuardCounts
}

/** @param leaks asked last, since it has to read responses */
export function createChooser(facts: PairFacts, settings: GuardSettings, leaks: LeakCheck): Chooser {
  const guards = activeGuards(facts, settings, leaks)
  const counts = {
    ...{ oneself: 0, repeated: 0, visualTaken: 0 },
    ...{ sameVisuals: 0, splits: 0, languages: 0, subsets: 0, minScore: 0, leaks: 0 },
  }
  return {
    counts,
    choose(query, proposals, k, rules) {
      const most = Math.min(k, rules.most)
      const taken: Proposal[] = []
      const rows = new Set<number>()
      const visuals = new Set<number>()
      for (const proposal of proposals) {
        if (taken.length >= most) break
        const { row, score } = proposal
        const visual = facts.visuals.of[row] ?? -1
        if (row === query) counts.oneself++
        else if (rows.has(row)) counts.repeated++
        else if (rules.onePerVisual && visual >= 0 && visuals.has(visual)) counts.visualTaken++
        else {
          const stopped = guards.find(([, stops]) => stops({ query, row, score, rules }))
          if (stopped !== undefined) counts[stopped[0]]++
          else {
            taken.push(proposal)
            rows.add(row)
            visuals.add(visual)
          }
        }
      }
      return taken
    },
  }
}
