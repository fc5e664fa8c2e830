// How a training list is made of stored contexts: the ways in which the published `train.json` files came about, by name.
// None of them repeats a context to fill a list up unless that is asked for; the originals did.
import { randomStream } from '../base/random.js'
import type { ContextRow } from '../tuple/tuple.js'
import type { PairFacts } from './facts.js'

/** What a strategy may depend on. */
export interface StrategyOptions {
  /** Contexts of a query at most. */
  readonly k: number
  readonly seed: number
  readonly facts: PairFacts
}

/** From the rows of a context table, in order, to those of a training list. */
export type Strategy = (rows: AsyncIterable<ContextRow>, options: StrategyOptions) => AsyncIterable<ContextRow>

const cut = ({ query, contexts, scores }: ContextRow, from: number, to: number): ContextRow => ({
  query,
  contexts: contexts.slice(from, to),
  scores: scores?.slice(from, to) ?? null,
})

/** Every strategy by name. */
export const strategies: Readonly<Record<string, Strategy>> = {
  /** Every query with all of its contexts (SD, FunQA, DC). */
  copy: (rows) => rows,

  /** Every query with its first k contexts (LACR, k = 2). */
  async *'first-k'(rows, { k }) {
    for await (const row of rows) yield cut(row, 0, k)
  },

  /** Every query with its last k contexts: of a conversation the rounds just before. */
  async *'last-rounds'(rows, { k }) {
    for await (const row of rows) yield cut(row, Math.max(0, row.contexts.length - k), row.contexts.length)
  },

  /**
   * Only the last round of each conversation, with the k rounds before it (LACONV, k = 2; SN with all of them). A
   * conversation of one round stays, without contexts: the original lost it.
   */
  async *'last-round-only'(rows, { k, facts: { conversations, round } }) {
    for await (const row of rows) {
      const group = conversations.of[row.query]!
      const later = group >= 0 && conversations.rows(group).some((other) => round[other]! > round[row.query]!)
      if (!later) yield cut(row, Math.max(0, row.contexts.length - k), row.contexts.length)
    }
  },

  /** Leaves out every query that was a context of an earlier one (`make_a_train.py`): a clip becomes one sample. */
  async *'greedy-dedup'(rows, { facts }) {
    const seen = new Uint8Array(facts.rows)
    for await (const row of rows) {
      if (seen[row.query] === 1) continue
      for (const context of row.contexts) seen[context] = 1
      yield row
    }
  },

  /** A keyed half of the queries (`*_half_train.json`): the same half however the table grows. */
  async *half(rows, { seed }) {
    for await (const row of rows) if (randomStream('half 1', seed, row.query).float() < 0.5) yield row
  },
}

/** Contexts repeated from the first on until there are k, as the published lists are; a query without any stays so. */
export async function* repeated(rows: AsyncIterable<ContextRow>, k: number): AsyncGenerator<ContextRow> {
  for await (const row of rows) {
    const { length } = row.contexts
    if (length === 0 || length >= k) yield row
    else {
      const places = Array.from({ length: k }, (_, i) => i % length)
      const scores = row.scores === null ? null : places.map((place) => row.scores![place]!)
      yield { query: row.query, contexts: places.map((place) => row.contexts[place]!), scores }
    }
  }
}
