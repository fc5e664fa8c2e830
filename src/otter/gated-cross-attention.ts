// The gated cross-attention block in front of some decoder layers: text reads the latents of its own image, through a
// gate tanh(g), then a gated feed-forward (OpenFlamingo's GatedCrossAttentionBlock).
import { type AttentionMask, attention, joinHeads, splitHeads } from '../tensors/attention.js'
import { linear } from '../tensors/linear.js'
import { layerNorm } from '../tensors/norm.js'
import type { Tensor, Tf } from '../tensors/tf.js'
import type { OtterConfig } from './config.js'
import { feedForward, feedForwardSpecs, splitKeyValue } from './feed-forward.js'
import { constantSpec, normSpecs, type ParameterSpec, type Parameters, parameter, weightSpec } from './parameters.js'

/** Keys and values of the media for one block, [B,H,T * latents, head width]; the same for every token, so kept. */
export interface MediaKeyValues {
  readonly keys: Tensor
  readonly values: Tensor
}

/** Whether a block stands before decoder layer `index` (from 0). */
export function hasBlock(config: OtterConfig, index: number): boolean {
  return (index + 1) % config.cross_attn_every_n_layers === 0
}

/** The block's parameters under `prefix`. */
export function blockSpecs(config: OtterConfig, prefix: string, width: number): ParameterSpec[] {
  const { heads, dim_head, ff_mult, gate_init } = config.cross_attn
  const inner = heads * dim_head
  return [
    ...normSpecs(`${prefix}.attn.norm`, width),
    weightSpec(`${prefix}.attn.to_q.weight`, inner, width),
    weightSpec(`${prefix}.attn.to_kv.weight`, inner * 2, config.vision_config.hidden_size),
    weightSpec(`${prefix}.attn.to_out.weight`, width, inner),
    constantSpec(`${prefix}.attn_gate`, 1, gate_init),
    ...feedForwardSpecs(`${prefix}.ff`, width, ff_mult),
    constantSpec(`${prefix}.ff_gate`, 1, gate_init),
  ]
}

/**
 * Keys and values of the media for the block under `prefix`.
 *
 * @param media [B, T * latents, vision width], as the perceiver left it: not normalised again.
 */
export function mediaKeyValues(
  tf: Tf,
  parameters: Parameters,
  config: OtterConfig,
  prefix: string,
  media: Tensor,
): MediaKeyValues {
  const [key, value] = splitKeyValue(tf, parameter(parameters, `${prefix}.attn.to_kv.weight`))
  const { heads } = config.cross_attn
  return {
    keys: splitHeads(tf, linear(tf, media, key), heads),
    values: splitHeads(tf, linear(tf, media, value), heads),
  }
}

/**
 * The block on x [B,L,d].
 *
 * @param seen Keys and values of the media, undefined when no row has any: then only the feed-forward acts.
 * @param mask Which latents each position sees; `alive` is 0 for text before the first image, whose attention is zero.
 */
export function gatedCrossAttention(
  tf: Tf,
  parameters: Parameters,
  config: OtterConfig,
  prefix: string,
  x: Tensor,
  seen: MediaKeyValues | undefined,
  mask: AttentionMask | undefined,
): Tensor {
  const { heads, dim_head, layer_norm_eps: eps } = config.cross_attn
  const p = (name: string) => parameter(parameters, `${prefix}.${name}`)
  let looked = x
  if (seen !== undefined) {
    const h = layerNorm(tf, x, p('attn.norm.weight'), p('attn.norm.bias'), eps)
    const q = splitHeads(tf, linear(tf, h, p('attn.to_q.weight')), heads)
    const mixed = attention(tf, q, seen.keys, seen.values, dim_head ** -0.5, mask)
    const out = linear(tf, joinHeads(tf, mixed), p('attn.to_out.weight'))
    looked = tf.add(x, tf.mul(out, tf.tanh(p('attn_gate'))))
  }
  const fed = feedForward(tf, parameters, `${prefix}.ff`, looked, eps)
  return tf.add(looked, tf.mul(fed, tf.tanh(p('ff_gate'))))
}
