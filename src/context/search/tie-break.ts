// Between equally good items a key of (seed, query, item) decides, wherever they stand and however they are searched.

/** A number that decides between two equally good items, another for each query. */
export function tieBreak(seed: number, query: number, item: number): number {
  let x = (Math.imul(query, 0x9e3779b1) ^ Math.imul(item, 0x85ebca6b) ^ seed) >>> 0
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
  return (x ^ (x >>> 16)) >>> 0
}

/** That number for the items of one query. */
export const tieOf = (seed: number, query: number) => (item: number) => tieBreak(seed, query, item)
