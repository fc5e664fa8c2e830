// An in-context function as it is asked, and how one that is computed is asked for.
import type { GuardSettings } from './guards.js'

/** An in-context function, ready to be asked. */
export interface ContextSelection {
  /** The name it was asked for by: `stored:train`. */
  readonly name: string
  /** Goes into the plan: what decides its answers, apart from the data set's order key. */
  readonly identity: unknown
  /** The most contexts it has for any query. */
  readonly maxContexts: number
  /** The queries it is made for, in their order (a training list), or undefined for every pair. */
  readonly queries: Int32Array | undefined
  /** Whether those are all pairs in their order, so that nobody has to go through the list. */
  readonly everyPair?: boolean
  /** Which end of its lists is nearest to the query; undefined = the preset of the query's subset says. */
  readonly nearest?: 'first' | undefined
  /** Rows of the in-context examples of a query. */
  contexts(query: number): Promise<readonly number[]>
  /** Gives back what it holds; the data set stays open. */
  close?(): Promise<void>
}

/** How a function is asked that is not stored. */
export interface LiveOptions {
  /** Contexts of a query at most. @default 10 */
  readonly k?: number
  /** @default 0 */
  readonly seed?: number
  /** Guards that are not as usual; the one against leaks is for tables that are built. */
  readonly guards?: Partial<Omit<GuardSettings, 'leaks'>>
}
