// What an in-context function is inside: it proposes rows for a query, best first, and guards decide which of them are
// taken. It is given numbers of every pair and, if it asks for them, similarities; never a response.
import type { RandomStream } from '../base/random.js'
import type { Dataset } from '../shards/dataset.js'
import type { Pair } from '../tuple/tuple.js'
import type { PairFacts } from './facts.js'
import type { ItemIndex } from './items.js'

/** A row that is proposed, with how near it is if the function can say so (higher = nearer). */
export interface Proposal {
  readonly row: number
  readonly score: number | null
}

/** What an in-context function says of the choice for one query. */
export interface QueryRules {
  /** It chooses from the query's own visuals on purpose, so that the guard against them does not apply. */
  readonly sameVisuals: boolean
  /** Of each visual only the first that passes is taken. */
  readonly onePerVisual: boolean
  /** Contexts at most, whatever is asked for. */
  readonly most: number
}

/** Rules of a function that makes no exceptions. */
export const PLAIN_RULES: QueryRules = { sameVisuals: false, onePerVisual: false, most: Number.POSITIVE_INFINITY }

/** An in-context function, ready for one data set. */
export interface Selector {
  /** Everything that decides its answers besides the data set and the seed. */
  readonly identity: unknown
  /** Whether what it proposes has scores. */
  readonly scored: boolean
  /** What holds for a query besides the guards. */
  rules(query: number): QueryRules
  /**
   * Order of the list that is given: nearest first (retrieval), or as the sources have them (rounds, clips), where the
   * preset of the subset says which end is near.
   */
  readonly order: 'nearest-first' | 'of-source'
  /**
   * Candidates of each query, best first: at least `count` where there are as many. The same for a query whatever it is
   * asked together with.
   */
  propose(queries: readonly number[], count: number): Promise<readonly (readonly Proposal[])[]>
  /** Puts the candidates that were taken into the order of the list. @default as they were proposed */
  arrange?(query: number, taken: readonly Proposal[]): readonly Proposal[]
}

/** What a selector is made from. */
export interface SelectorWorld {
  readonly dataset: Dataset
  readonly facts: PairFacts
  readonly seed: number
  /** Rows that may be contexts of one another have the same number: split, and language and subset if asked for. */
  readonly partitions: Int32Array
  /** Items to compare: distinct instructions or distinct visuals, with their vectors. Made once for each kind. */
  items(kind: 'text' | 'image'): Promise<ItemIndex>
  /** Another function of the same world, for functions that are made of others. */
  selector(name: string): Promise<Selector>
}

/** Makes a selector; `argument` is what stands after the colon of its name. */
export type SelectorMaker = (world: SelectorWorld, argument: string) => Promise<Selector>

/** A query as an in-context function sees it: all of a pair but its response (paper, section 3: C_psi(I_q, X_q)). */
export type ContextQuery = Omit<Pair, 'response'> & { readonly row: number }

/**
 * An in-context function of one's own: rows of in-context examples, nearest first.
 * @param query the query's instruction and visuals, and its row
 * @param rng random numbers that belong to the seed and the query
 */
export type ContextFunction = (
  query: ContextQuery,
  dataset: Dataset,
  rng: RandomStream,
) => Promise<readonly number[]> | readonly number[]
