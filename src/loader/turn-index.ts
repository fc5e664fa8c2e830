// The columns of a plan out of turns that are tokenised already: whoever makes batches has them at hand, so nothing more is
// read and no token counted twice.
import { type TurnFrame, turnFrame } from '../text/lengths.js'
import type { Leads } from './leads.js'
import type { PlanRules } from './plan/plan.js'
import { buildIndex, type IndexEntry, type PlanIndex } from './plan/plan-index.js'
import type { SampleTurn, TurnRules } from './turns.js'

/** What of the rules decides which turns stand in a row. */
export interface SampleRules {
  /** Whether consecutive turns on the same visuals share one set of marks and slots. */
  readonly sharedVisuals: 'once' | 'repeat'
  /** Tokens a row may have, bos and eos included. */
  readonly maxTokens: number
  /** Texts one of which stands in front of a row. */
  readonly leads?: Leads | undefined
}

const frames = new WeakMap<TurnRules, TurnFrame>()

/** The rules of a plan. @param order how contexts stand; as they are listed where nothing is said */
export function planRules(rules: TurnRules & SampleRules, shots: number, order?: PlanRules['order']): PlanRules {
  const frame = frames.get(rules) ?? turnFrame(rules)
  frames.set(rules, frame)
  const { sharedVisuals, maxTokens, leads } = rules
  const ends = frame.ends + (leads?.longest ?? 0)
  return { shots, sharedVisuals, maxTokens, frame: { tail: frame.tail, ends }, ...(order && { order }) }
}

/** The columns of queries and of every context that is listed for them. */
export function turnIndex(
  queries: readonly Pick<IndexEntry, 'row' | 'contexts' | 'nearest'>[],
  turnOf: (row: number) => SampleTurn,
  { sharedVisuals }: SampleRules,
): PlanIndex {
  const rows = new Set(queries.flatMap(({ row, contexts }) => [row, ...contexts]))
  const repeating = sharedVisuals === 'once' ? repeatingRows(queries, turnOf) : new Set<number>()
  const entry = (row: number): IndexEntry => {
    const turn = turnOf(row)
    // Tokens without marks may have to be made, so only those are asked for that may be needed.
    const bare = repeating.has(row) ? turn.unmarked : turn.marked
    return {
      ...{ row, contexts: [], nearest: 'last', visuals: turn.media, media: turn.slots.flat() },
      ...{ tokens: turn.marked.end, unmarkedTokens: bare.end },
    }
  }
  const asked = queries.map((query) => ({ ...entry(query.row), ...query }))
  return buildIndex([...asked, ...[...rows].map(entry)])
}

/** Rows whose visuals come more than once among the turns of one query. */
function repeatingRows(
  queries: readonly Pick<IndexEntry, 'row' | 'contexts'>[],
  turnOf: (row: number) => SampleTurn,
): ReadonlySet<number> {
  const found = new Set<number>()
  for (const { row, contexts } of queries) {
    const firstOf = new Map<string, number>()
    for (const one of [...contexts, row]) {
      const name = turnOf(one).media.join()
      const first = firstOf.get(name)
      if (first === undefined) firstOf.set(name, one)
      else found.add(first).add(one)
    }
  }
  return found
}
