// What a context table is like: how long its lists are, who is in them, and what the guards kept out.

import type { ContextRow } from '../tuple/tuple.js'
import { type PairFacts, sharePicture } from './facts.js'
import type { GuardCounts } from './guards.js'
import { kindOf } from './kinds.js'
import type { MeasuredRecall } from './search/similarity-index.js'

/** The contents of a context table in numbers. */
export interface TableStatistics {
  readonly queries: number
  readonly contexts: number
  /** Queries by number of contexts. */
  readonly shots: readonly number[]
  /** How often pairs are contexts: the most, the mean, the 99th percentile, and the share of pairs that never are. */
  readonly inDegree: { readonly max: number; readonly mean: number; readonly p99: number; readonly never: number }
  /** Share of contexts with a picture of the query's own visuals. */
  readonly sameVisuals: number
  /** Share of queries with a multi-modal context, with a language-only one, and with both. */
  readonly kinds: { readonly multiModal: number; readonly languageOnly: number; readonly both: number }
}

/** What a build reports. */
export interface ContextReport extends TableStatistics {
  /** Candidates that each guard kept out. */
  readonly keptOut: GuardCounts
  /** Of searches that were not exact. */
  readonly recalls: readonly MeasuredRecall[]
  /** What made the vectors, by kind. */
  readonly embedders: Readonly<Record<string, string>>
}

/** Counts rows of a context table. */
export function countContexts(facts: PairFacts) {
  const shots: number[] = []
  const degree = new Uint32Array(facts.rows)
  let queries = 0
  let contexts = 0
  let same = 0
  const kinds = { multiModal: 0, languageOnly: 0, both: 0 }
  return {
    add({ query, contexts: rows }: Pick<ContextRow, 'query' | 'contexts'>) {
      queries++
      contexts += rows.length
      while (shots.length <= rows.length) shots.push(0)
      shots[rows.length]!++
      let multi = false
      let language = false
      for (const row of rows) {
        degree[row]!++
        if (sharePicture(facts, query, row)) same++
        if (kindOf(facts, query, row) === 'multi-modal') multi = true
        else language = true
      }
      if (multi) kinds.multiModal++
      if (language) kinds.languageOnly++
      if (multi && language) kinds.both++
    },
    finish(): TableStatistics {
      const sorted = degree.slice().sort()
      const never = sorted.findIndex((count) => count > 0)
      const share = (part: number, of: number) => (of === 0 ? 0 : part / of)
      return {
        queries,
        contexts,
        shots,
        inDegree: {
          max: sorted.at(-1) ?? 0,
          mean: share(contexts, sorted.length),
          p99: sorted[Math.floor(0.99 * (sorted.length - 1))] ?? 0,
          never: share(never < 0 ? sorted.length : never, sorted.length),
        },
        sameVisuals: share(same, contexts),
        kinds: {
          multiModal: share(kinds.multiModal, queries),
          languageOnly: share(kinds.languageOnly, queries),
          both: share(kinds.both, queries),
        },
      }
    },
  }
}
