// The paper's promise (section 3): every pair has at least one multi-modal and one language-only in-context example. A
// context is multi-modal if it brings visuals of its own, and language-only if it has none or speaks about the query's.
import { randomStream } from '../base/random.js'
import type { Choose } from './choose.js'
import type { PairFacts } from './facts.js'
import { type Groups, groupRows } from './groups.js'
import { PLAIN_RULES, type Proposal } from './selector.js'
import { sample } from './selectors/sample.js'

/** What a context is to a query. */
export type ContextKind = 'multi-modal' | 'language-only'

/** The kind of one context. */
export function kindOf({ visuals }: PairFacts, query: number, row: number): ContextKind {
  const own = visuals.of[row]!
  return own >= 0 && own !== visuals.of[query] ? 'multi-modal' : 'language-only'
}

/** Candidates that are looked at for a kind that is missing. */
const TRIED = 64

/** Adds a context of a kind that a list lacks, in the place of its last one where it is full. */
export function kindEnforcer(facts: PairFacts, partitions: Int32Array, choose: Choose, seed: number, k: number) {
  const pools: Groups = groupRows(Float64Array.from(partitions))
  const rules = { ...PLAIN_RULES, sameVisuals: true }
  const candidates = (query: number, kind: ContextKind): Proposal[] => {
    const group = facts.visuals.of[query]!
    const near = kind === 'language-only' && group >= 0 ? [...facts.visuals.rows(group)] : []
    const drawn = sample(pools.rows(pools.of[query]!), TRIED, randomStream('kinds 1', seed, query))
    return [...near, ...drawn].filter((row) => kindOf(facts, query, row) === kind).map((row) => ({ row, score: null }))
  }
  return (query: number, taken: readonly Proposal[]): readonly Proposal[] => {
    let list = taken
    for (const kind of ['multi-modal', 'language-only'] as const) {
      if (list.some(({ row }) => kindOf(facts, query, row) === kind)) continue
      const fresh = candidates(query, kind).filter(({ row }) => !list.some((one) => one.row === row))
      const [found] = choose(query, fresh, 1, rules).taken
      if (found === undefined) continue
      // A list of one cannot keep both promises; what was chosen for its likeness stays.
      if (list.length < k) list = [...list, found]
      else if (k > 1) list = [...list.slice(0, -1), found]
    }
    return list
  }
}
