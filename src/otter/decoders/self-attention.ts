// Self-attention of a decoder layer: over the tokens of this run, or over everything that a cache has seen.
import { type AttentionMask, attention } from '../../tensors/attention.js'
import type { KeyValueCache } from '../../tensors/key-value-cache.js'
import type { Tensor, Tf } from '../../tensors/tf.js'

/** Every key and value head serves several query heads, neighbours: [B,KV,L,d] -> [B,H,L,d]. */
function repeatHeads(tf: Tf, x: Tensor, heads: number): Tensor {
  const [rows = 0, own = 0, length = 0, width = 0] = x.shape
  if (own === heads) return x
  const times = heads / own
  const spread = tf.mul(tf.reshape(x, [rows, own, 1, length, width]), tf.ones([1, 1, times, 1, 1]))
  return tf.reshape(spread, [rows, heads, length, width])
}

/**
 * Attention of the tokens of a run.
 *
 * @param q [B,H,L,d]
 * @param k [B,KV,L,d], KV a divisor of H; added to the cache
 * @param v [B,KV,L,d]; added to the cache
 * @param mask over all places of the cache
 * @returns [B,H,L,d]
 */
export function selfAttention(
  tf: Tf,
  [q, k, v]: readonly [q: Tensor, k: Tensor, v: Tensor],
  scale: number,
  mask: AttentionMask,
  cache?: KeyValueCache,
): Tensor {
  const fresh = cache === undefined || cache.length === 0
  cache?.append(k, v)
  if (!fresh) return cache.attend(q, scale, mask)
  const heads = q.shape[1] ?? 0
  return attention(tf, q, repeatHeads(tf, k, heads), repeatHeads(tf, v, heads), scale, mask)
}
