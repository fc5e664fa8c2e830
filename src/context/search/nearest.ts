// The best k of many scores, for several queries at once: flat arrays, sorted best first, filled as blocks of scores come.

/** For each query the indices with the highest scores. */
export interface Nearest {
  /** How many a query has room for. */
  readonly k: number
  /** Int32 [queries, k], best first; -1 where there are no more. */
  readonly indices: Int32Array
  /** Float32 [queries, k], aligned; -Infinity where there are no more. */
  readonly scores: Float32Array
}

/** Room for the best k of each of so many queries. */
export function emptyNearest(queries: number, k: number): Nearest {
  return {
    k,
    indices: new Int32Array(queries * k).fill(-1),
    scores: new Float32Array(queries * k).fill(Number.NEGATIVE_INFINITY),
  }
}

/** Which of two equally good ones comes first: the one with the smaller number. Without it, the one that was offered first. */
export type TieOf = (index: number) => number

const noTie: TieOf = () => 0

/**
 * Takes the scores of one query into account. Equally good ones that there is no room for are decided between as well: of a
 * thousand that are alike to a query, those that come first in the data set would be everybody's nearest.
 * @param query its place in `nearest`
 * @param scores of consecutive or listed candidates
 * @param indexOf the index of the i-th score: a first index to count from, or one each
 */
export function offer(
  { k, indices, scores: best }: Nearest,
  query: number,
  scores: Float32Array,
  indexOf: number | Int32Array,
  tieOf: TieOf = noTie,
): void {
  const from = query * k
  const last = from + k - 1
  let threshold = best[last]!
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!
    // Written so that NaN is passed over.
    if (!(score >= threshold)) continue
    const index = typeof indexOf === 'number' ? indexOf + i : indexOf[i]!
    if (score === threshold && !(tieOf(index) < tieOf(indices[last]!))) continue
    let at = last
    while (at > from && (best[at - 1]! < score || (best[at - 1] === score && tieOf(index) < tieOf(indices[at - 1]!)))) {
      best[at] = best[at - 1]!
      indices[at] = indices[at - 1]!
      at--
    }
    best[at] = score
    indices[at] = index
    threshold = best[last]!
  }
}
