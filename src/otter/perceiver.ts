// The perceiver resampler: a fixed number of latents reads all tokens of all frames of one media slot (OpenFlamingo's
// PerceiverResampler). Unlike there, padded frames are masked, so they never influence anything.
import { attention, joinHeads, maskedScore, splitHeads } from '../tensors/attention.js'
import { linear } from '../tensors/linear.js'
import { layerNorm } from '../tensors/norm.js'
import { gatherRows } from '../tensors/rows.js'
import type { Tensor, Tf } from '../tensors/tf.js'
import type { OtterConfig } from './config.js'
import { feedForward, feedForwardSpecs, splitKeyValue } from './feed-forward.js'
import { normSpecs, type ParameterSpec, type Parameters, parameter, weightSpec } from './parameters.js'

/** Key of the learned frame positions, [frames, width]. */
export const frameEmbeddingKey = 'perceiver.frame_embs'

/** Key of the learned numbers of the media of a row, [media, 1, width]. */
export const mediaEmbeddingKey = 'perceiver.media_time_embs'

/** The perceiver's parameters. */
export function perceiverSpecs(config: OtterConfig): ParameterSpec[] {
  const d = config.vision_config.hidden_size
  const { depth, num_latents, heads, dim_head, ff_mult } = config.perceiver
  const inner = heads * dim_head
  const normal = { kind: 'normal', std: 1 } as const
  return [
    { name: 'perceiver.latents', shape: [num_latents, d], init: normal },
    ...(config.max_num_frames == null
      ? []
      : [{ name: frameEmbeddingKey, shape: [config.max_num_frames, d], init: normal }]),
    ...(config.max_num_media == null
      ? []
      : [{ name: mediaEmbeddingKey, shape: [config.max_num_media, 1, d], init: normal }]),
    ...Array.from({ length: depth }, (_, i) => [
      ...normSpecs(`perceiver.layers.${i}.0.norm_media`, d),
      ...normSpecs(`perceiver.layers.${i}.0.norm_latents`, d),
      weightSpec(`perceiver.layers.${i}.0.to_q.weight`, inner, d),
      weightSpec(`perceiver.layers.${i}.0.to_kv.weight`, inner * 2, d),
      weightSpec(`perceiver.layers.${i}.0.to_out.weight`, d, inner),
      ...feedForwardSpecs(`perceiver.layers.${i}.1`, d, ff_mult),
    ]).flat(),
    ...normSpecs('perceiver.norm', d),
  ]
}

/**
 * The mask that hides padded frames: scores [slots,1,1, frames * patches + latents]; undefined when there is nothing to
 * hide. The latents themselves are never hidden, so a slot without any frame stays finite.
 *
 * @param frames uint8 [slots, F], 1 for a real frame.
 */
export function frameScores(
  frames: Uint8Array,
  slots: number,
  patches: number,
  latents: number,
): Float32Array | undefined {
  if (frames.every((frame) => frame === 1)) return undefined
  const perSlot = frames.length / slots
  const width = perSlot * patches + latents
  const scores = new Float32Array(slots * width)
  for (let i = 0; i < frames.length; i++) {
    if (frames[i] === 1) continue
    const start = Math.floor(i / perSlot) * width + (i % perSlot) * patches
    scores.fill(maskedScore, start, start + patches)
  }
  return scores
}

/** Tokens [slots, F, patches, d] with the embedding of their frame added, if there are any. */
function withFrameNumbers(tf: Tf, parameters: Parameters, tokens: Tensor): Tensor {
  const embeddings = parameters.get(frameEmbeddingKey)
  if (embeddings === undefined) return tokens
  const [, frames = 0, , d = 0] = tokens.shape
  return tf.add(tokens, tf.reshape(tf.slice(embeddings, [0, 0], [frames, d]), [1, frames, 1, d]))
}

/** Tokens [slots, F, patches, d] with the embedding of their place in the sample added, if there are any. */
function withMediaNumbers(tf: Tf, parameters: Parameters, tokens: Tensor, places: Int32Array): Tensor {
  const embeddings = parameters.get(mediaEmbeddingKey)
  if (embeddings === undefined) return tokens
  const [slots = 0, , , d = 0] = tokens.shape
  const table = tf.reshape(embeddings, [embeddings.shape[0] ?? 0, d])
  const chosen = gatherRows(tf, table, tf.tensor1d(places, 'int32'))
  return tf.add(tokens, tf.reshape(chosen, [slots, 1, 1, d]))
}

/**
 * Resamples the tokens of media slots.
 *
 * @param tokens [slots, F, patches, d]
 * @param places Which media slot of its sample each slot is, from 0; slots are those of all rows, row after row.
 * @param scores [slots,1,1, F * patches + latents] from `frameScores`.
 * @returns [slots, latents, d]
 */
export function resample(
  tf: Tf,
  parameters: Parameters,
  config: OtterConfig,
  tokens: Tensor,
  places: Int32Array,
  scores?: Tensor,
): Tensor {
  const { depth, heads, dim_head, layer_norm_eps: eps } = config.perceiver
  const [slots = 0, frames = 0, patches = 0, d = 0] = tokens.shape
  const p = (name: string) => parameter(parameters, `perceiver.${name}`)
  const norm = (x: Tensor, name: string) => layerNorm(tf, x, p(`${name}.weight`), p(`${name}.bias`), eps)
  const numbered = withMediaNumbers(tf, parameters, withFrameNumbers(tf, parameters, tokens), places)
  const media = tf.reshape(numbered, [slots, frames * patches, d])
  const latents = p('latents')
  let x: Tensor = tf.add(tf.zeros([slots, latents.shape[0] ?? 0, d]), tf.expandDims(latents, 0))
  for (let i = 0; i < depth; i++) {
    const at = `layers.${i}.0`
    const l = norm(x, `${at}.norm_latents`)
    const seen = tf.concat([norm(media, `${at}.norm_media`), l], 1)
    const [key, value] = splitKeyValue(tf, p(`${at}.to_kv.weight`))
    const mixed = attention(
      tf,
      splitHeads(tf, linear(tf, l, p(`${at}.to_q.weight`)), heads),
      splitHeads(tf, linear(tf, seen, key), heads),
      splitHeads(tf, linear(tf, seen, value), heads),
      dim_head ** -0.5,
      scores === undefined ? undefined : { scores },
    )
    x = tf.add(x, linear(tf, joinHeads(tf, mixed), p(`${at}.to_out.weight`)))
    x = tf.add(x, feedForward(tf, parameters, `perceiver.layers.${i}.1`, x, eps))
  }
  return norm(x, 'norm')
}
