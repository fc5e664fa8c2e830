// One run of tokens through the language model with its gated cross-attention blocks. Training and generation both come
// through here; nothing is kept between runs except what the caller keeps, so any number may be under way at once.
import type { AttentionMask } from '../tensors/attention.js'
import type { KeyValueCache } from '../tensors/key-value-cache.js'
import { gatherRows } from '../tensors/rows.js'
import type { Tensor, Tf } from '../tensors/tf.js'
import type { OtterConfig } from './config.js'
import type { Decoder } from './decoders/decoder.js'
import { gatedCrossAttention, hasBlock, type MediaKeyValues, mediaKeyValues } from './gated-cross-attention.js'
import { type Parameters, parameter } from './parameters.js'
import { causalScores, sightMask, type TextSight } from './text-time.js'

/** A model without its life: what the pure parts need. */
export interface ModelParts {
  readonly tf: Tf
  readonly config: OtterConfig
  readonly decoder: Decoder
  readonly parameters: Parameters
}

/** Prefix of the gated cross-attention block before decoder layer `index`. */
export const blockPrefix = (decoder: Decoder, index: number) =>
  `${decoder.layersPrefix}.${index}.gated_cross_attn_layer`

/** What the media look like to the blocks: one entry per decoder layer, undefined where there is no block. */
export type MediaCache = readonly (MediaKeyValues | undefined)[]

/** Keys and values of the media for every block; empty when there are no media. */
export function cacheMedia({ tf, config, decoder, parameters }: ModelParts, media: Tensor | undefined): MediaCache {
  if (media === undefined) return []
  return Array.from({ length: decoder.config.num_hidden_layers }, (_, i) =>
    hasBlock(config, i) ? mediaKeyValues(tf, parameters, config, blockPrefix(decoder, i), media) : undefined,
  )
}

/** Tokens of one run. */
export interface TextRun {
  readonly rows: number
  /** int32 [B,L] */
  readonly ids: Int32Array
  /** int32 [B, P + L], the cached tokens first. */
  readonly attentionMask: Int32Array
  /** Which images every token may see. */
  readonly sight: TextSight
  /** Which sample of its row a token belongs to, int32 [B,L], where rows hold several; there is no past then. */
  readonly segments?: Int32Array | undefined
  /** Media slots a row. */
  readonly slots: number
}

/** What a run yields. */
export interface TextResult {
  /** The embeddings, then the output of every layer, [B,L,d] each; before the final norm. */
  readonly hidden: readonly Tensor[]
}

/**
 * Runs tokens through all layers.
 *
 * @param caches what each layer has seen of the tokens before; these tokens are added
 */
export function runText(
  parts: ModelParts,
  run: TextRun,
  media: MediaCache,
  caches?: readonly KeyValueCache[],
): TextResult {
  const { tf, config, decoder, parameters } = parts
  const { rows } = run
  const length = run.ids.length / rows
  const total = run.attentionMask.length / rows
  const embedding = parameter(parameters, decoder.embeddingKey)
  const width = decoder.config.hidden_size
  let x: Tensor = tf.reshape(gatherRows(tf, embedding, tf.tensor1d(run.ids, 'int32')), [rows, length, width])
  let mask: AttentionMask | undefined
  if (media.length > 0) {
    const latents = config.perceiver.num_latents
    const { scores, alive } = sightMask(run.sight, run.slots, latents, config)
    mask = {
      scores: tf.tensor4d(scores, [rows, 1, length, run.slots * latents]),
      alive: tf.tensor4d(alive, [rows, 1, length, 1]),
    }
  }
  const places = caches?.[0]?.placesFor(length) ?? total
  const prepared = decoder.prepare(tf, {
    rows,
    length,
    past: total - length,
    places,
    scores: causalScores(run.attentionMask, rows, length, run.segments, places),
  })
  const hidden = [x]
  for (let i = 0; i < decoder.config.num_hidden_layers; i++) {
    if (hasBlock(config, i)) x = gatedCrossAttention(tf, parameters, config, blockPrefix(decoder, i), x, media[i], mask)
    x = decoder.layer(tf, parameters, i, x, prepared, caches?.[i])
    hidden.push(x)
  }
  return { hidden }
}
