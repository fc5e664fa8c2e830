// Exact search: every query against every vector of a range, block by block. Blocks of vectors go round outside, so that
// each is laid out once for many queries; memory is two blocks and the best k of each query.
import type { Tf } from '../../tensors/tf.js'
import { createFactor, gather, type Vectors } from './matrix.js'
import { emptyNearest, type Nearest, offer } from './nearest.js'
import { tieOf } from './tie-break.js'

/** Vectors of one block and queries of one product: their scores are 8 MB. */
const BLOCK_VECTORS = 2048
const BLOCK_QUERIES = 1024
/** Queries that lie together for all blocks of vectors. */
const GATHERED = 8192
/** The second factor of a product is packed anew each time, so that of fewer queries is made of them and not of the vectors. */
const FEW_QUERIES = 64

/**
 * The k vectors with the largest dot products for each query.
 * @param queries rows of `vectors`
 * @param range rows [from, to) of `vectors` that are searched
 * @param seed decides between equally good ones
 */
export function searchExact(
  tf: Tf,
  vectors: Vectors,
  queries: Int32Array,
  range: { readonly from: number; readonly to: number },
  k: number,
  seed: number,
): Nearest {
  const { values, dimensions } = vectors
  const nearest = emptyNearest(queries.length, k)
  if (queries.length <= FEW_QUERIES) return searchFew(tf, vectors, queries, range, nearest, seed)
  for (let start = 0; start < queries.length; start += GATHERED) {
    const asked = gather(vectors, queries.subarray(start, start + GATHERED))
    for (let from = range.from; from < range.to; from += BLOCK_VECTORS) {
      const to = Math.min(range.to, from + BLOCK_VECTORS)
      const width = to - from
      const block = createFactor(tf, values.subarray(from * dimensions, to * dimensions), dimensions)
      for (let at = 0; at < asked.length; at += BLOCK_QUERIES * dimensions) {
        const scores = block.scores(asked.subarray(at, at + BLOCK_QUERIES * dimensions))
        const first = start + at / dimensions
        for (let i = 0; i * width < scores.length; i++) {
          const tie = tieOf(seed, queries[first + i]!)
          offer(nearest, first + i, scores.subarray(i * width, (i + 1) * width), from, tie)
        }
      }
      block.dispose()
    }
  }
  return nearest
}

function searchFew(
  tf: Tf,
  vectors: Vectors,
  queries: Int32Array,
  range: { readonly from: number; readonly to: number },
  nearest: Nearest,
  seed: number,
): Nearest {
  const { values, dimensions } = vectors
  const asked = createFactor(tf, gather(vectors, queries), dimensions)
  for (let from = range.from; from < range.to; from += BLOCK_VECTORS) {
    const to = Math.min(range.to, from + BLOCK_VECTORS)
    const width = to - from
    const scores = asked.turnedScores(values.subarray(from * dimensions, to * dimensions))
    for (let i = 0; i < queries.length; i++) {
      offer(nearest, i, scores.subarray(i * width, (i + 1) * width), from, tieOf(seed, queries[i]!))
    }
  }
  asked.dispose()
  return nearest
}
