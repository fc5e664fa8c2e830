// Scaled dot-product attention with a mask, as one operation: scores, masked softmax, weighted sum, and their gradient.
import { batchProduct } from './batch-mat-mul.js'
import { customOp } from './custom-op.js'
import type { Tensor, Tf } from './tf.js'

/** What is added to a score that must not count. Finite, so that a row of nothing but masked keys stays a number. */
export const maskedScore = -1e9

/** Which keys a query may see. */
export interface AttentionMask {
  /** Added to the scores: 0 where allowed, `maskedScore` where not. [G,1,Lq,Lk], [G,1,1,Lk] or [1,1,Lq,Lk]. */
  readonly scores: Tensor
  /** 1 where a query has any key, 0 where its result must be zero. [G,1,Lq,1] */
  readonly alive?: Tensor
  /** Added too: what each head thinks of the distance of a key (ALiBi), [1,H,1,Lk]. */
  readonly bias?: Tensor
}

/** softmax(scores + mask.scores) * mask.alive over the last axis; scores [G,H,Lq,Lk]. Without a gradient. */
export function maskedSoftmax(tf: Tf, scores: Tensor, mask?: AttentionMask): Tensor {
  const placed = mask?.bias === undefined ? scores : tf.add(scores, mask.bias)
  const weights = tf.softmax(mask === undefined ? placed : tf.add(placed, mask.scores))
  return mask?.alive === undefined ? weights : tf.mul(weights, mask.alive)
}

/**
 * Attention of several heads.
 *
 * @param q [G,H,Lq,d]
 * @param k [G,H,Lk,d]
 * @param v [G,H,Lk,d]
 * @param scale Factor on the scores, usually d^-0.5.
 * @returns [G,H,Lq,d]
 */
export function attention(tf: Tf, q: Tensor, k: Tensor, v: Tensor, scale: number, mask?: AttentionMask): Tensor {
  const [groups = 0, heads = 0, queries = 0, width = 0] = q.shape
  const keys = k.shape[2] ?? 0
  const n = groups * heads
  const fold = (x: Tensor, rows: number) => tf.reshape(x, [n, rows, width])
  const q3 = fold(q, queries)
  const k3 = fold(k, keys)
  const v3 = fold(v, keys)
  const result = customOp(
    tf,
    [q3, k3, v3],
    () => {
      const scaled = tf.mul(q3, scale)
      const scores = batchProduct(tf, scaled, k3, { b: true })
      const weights = maskedSoftmax(tf, tf.reshape(scores, [groups, heads, queries, keys]), mask)
      const weights3 = tf.reshape(weights, [n, queries, keys])
      const value = batchProduct(tf, weights3, v3)
      return { value, saved: [scaled, k3, v3, weights3, value] }
    },
    (dy, saved) => {
      const [sq, sk, sv, weights, value] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor]
      // A masked key has weight exactly 0, so nothing flows back to it; the same holds for a query without any key.
      const dWeights = batchProduct(tf, dy, sv, { b: true })
      // The sum of weights * dWeights over the keys is that of dy * value over the width, which is the shorter one.
      const mean = tf.sum(tf.mul(dy, value), -1, true)
      const dScores = tf.mul(weights, tf.sub(dWeights, mean))
      // The large matrices are turned, not the small ones: a product whose left side has few rows spends its time on
      // packing its right side, and turning is cheap.
      return [
        () => tf.mul(batchProduct(tf, dScores, sk), scale),
        () => batchProduct(tf, dScores, sq, { a: true }),
        () => batchProduct(tf, weights, dy, { a: true }),
      ]
    },
  )
  return tf.reshape(result, [groups, heads, queries, width])
}

/** [G,L,H*d] -> [G,H,L,d] */
export function splitHeads(tf: Tf, x: Tensor, heads: number): Tensor {
  const [groups = 0, length = 0, width = 0] = x.shape
  return tf.transpose(tf.reshape(x, [groups, length, heads, width / heads]), [0, 2, 1, 3])
}

/** How the rows of a fused projection lie: all queries, all keys, all values; or those of a head together, head by head. */
export type FusedOrder = 'blocked' | 'by-head'

/** Queries, keys and values of a fused projection, [G,L,3*H*d] -> three of [G,H,L,d]. */
export function splitFused(
  tf: Tf,
  fused: Tensor,
  heads: number,
  order: FusedOrder,
): readonly [q: Tensor, k: Tensor, v: Tensor] {
  const [groups = 0, length = 0, width = 0] = fused.shape
  const d = width / (3 * heads)
  const turned =
    order === 'blocked'
      ? tf.transpose(tf.reshape(fused, [groups, length, 3, heads, d]), [2, 0, 3, 1, 4])
      : tf.transpose(tf.reshape(fused, [groups, length, heads, 3, d]), [3, 0, 2, 1, 4])
  const [q, k, v] = tf.split(turned, 3, 0).map((part) => tf.reshape(part, [groups, heads, length, d]))
  return [q as Tensor, k as Tensor, v as Tensor]
}

/** [G,H,L,d] -> [G,L,H*d] */
export function joinHeads(tf: Tf, x: Tensor): Tensor {
  const [groups = 0, heads = 0, length = 0, width = 0] = x.shape
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [groups, length, heads * width])
}
