// What a way to fill batches by lengths is; fillings.ts has them by name.
import type { KeyPart } from '../../base/random.js'

/** What decides the groups of a window, apart from the counts. */
export interface FillingRules {
  /** Tokens of a group at most: of a packed row, or of a step with its padding. */
  readonly capacity: number
  readonly key: readonly KeyPart[]
}

/** A way to fill. */
export interface Filling {
  readonly version: number
  /**
   * Groups of places in the window.
   * @param tokens of the sample at each place: at most the capacity, 0 for one that has no row
   * @returns every place in exactly one group, none of them empty
   */
  fill(tokens: Int32Array, rules: FillingRules): readonly Int32Array[]
}
