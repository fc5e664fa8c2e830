// How the samples of a global step are dealt to the ranks. The global order is the ranks' samples one after the other, so
// it is the same for every number of ranks.

/** Which of several processes that train together this one is. */
export interface Rank {
  /** From 0. */
  readonly rank: number
  readonly worldSize: number
}

/**
 * The part of one rank, in order: parts are as equal as can be.
 * @returns places from `from` up to, but not including, `to`
 */
export function partOf(count: number, { rank, worldSize }: Rank): { readonly from: number; readonly to: number } {
  return { from: Math.floor((rank * count) / worldSize), to: Math.floor(((rank + 1) * count) / worldSize) }
}

/** Rows of every rank: of the rank that has most of `count`. */
export function rowsEach(count: number, worldSize: number): number {
  return Math.ceil(count / worldSize)
}

/** Fills rows up with empty ones. */
export function filledUp<T>(rows: readonly (readonly T[])[], count: number): readonly (readonly T[])[] {
  return rows.length >= count ? rows : [...rows, ...Array.from({ length: count - rows.length }, () => [])]
}
