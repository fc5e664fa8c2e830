// MPT: ALiBi instead of positions, a fused and blocked projection of queries, keys and values, GELU, the head tied to the
// embedding, usually no biases at all. Source: MosaicML's modelling code; names and defaults as Hugging Face's MptConfig.
// MPT-1B is the same with other names (mosaic-gpt.ts).
import { z } from 'zod'
import { gelu } from '../../tensors/activations.js'
import { alibiBias } from '../../tensors/alibi.js'
import { joinHeads, splitFused, splitHeads } from '../../tensors/attention.js'
import type { KeyValueCache } from '../../tensors/key-value-cache.js'
import { linear } from '../../tensors/linear.js'
import { layerNorm } from '../../tensors/norm.js'
import type { Tensor, Tf } from '../../tensors/tf.js'
import {
  constantSpec,
  linearSpecs,
  normSpecs,
  type ParameterSpec,
  type Parameters,
  parameter,
  weightSpec,
} from '../parameters.js'
import type { Decoder, PreparedRun } from './decoder.js'
import { selfAttention } from './self-attention.js'

const size = z.int().positive()

/** The part of the attention's configuration that changes numbers. */
export const mptAttention = z.object({
  alibi: z.literal(true),
  alibi_bias_max: z.number().positive().default(8),
  /** Queries, keys and values are cut to this magnitude. */
  clip_qkv: z.number().positive().nullish(),
  /** Layer norm of queries and keys over the whole width, before they are split into heads. */
  qk_ln: z.boolean().default(false),
  softmax_scale: z.number().positive().nullish(),
  attn_type: z.literal('multihead_attention').default('multihead_attention'),
  prefix_lm: z.literal(false).default(false),
  rope: z.literal(false).default(false),
})

export const mptConfig = z
  .object({
    model_type: z.string(),
    vocab_size: size,
    d_model: size,
    n_heads: size,
    n_layers: size,
    expansion_ratio: size.default(4),
    no_bias: z.boolean().default(true),
    layer_norm_epsilon: z.number().positive().default(1e-5),
    logit_scale: z.null().optional(),
    norm_type: z.enum(['low_precision_layernorm', 'layernorm']).default('low_precision_layernorm'),
    tie_word_embeddings: z.literal(true).default(true),
    attn_config: mptAttention,
    initializer_range: z.number().positive().default(0.02),
  })
  .refine((c) => c.d_model % c.n_heads === 0, { path: ['n_heads'], message: 'must divide d_model' })

/** A parsed configuration. */
export type MptConfig = z.infer<typeof mptConfig>

/** What the parts of a layer are called. */
export interface MptNames {
  readonly norm1: string
  readonly norm2: string
  readonly up: string
  readonly down: string
  readonly finalNorm: string
}

const names: MptNames = {
  norm1: 'norm_1',
  norm2: 'norm_2',
  up: 'ffn.up_proj',
  down: 'ffn.down_proj',
  finalNorm: 'norm_f',
}

const layersPrefix = 'lang_encoder.transformer.blocks'
const embeddingKey = 'lang_encoder.transformer.wte.weight'
const layerPrefix = (index: number) => `${layersPrefix}.${index}.decoder_layer`

function layerSpecs(config: MptConfig, called: MptNames, index: number): ParameterSpec[] {
  const at = layerPrefix(index)
  const d = config.d_model
  const project = (name: string, out: number, inner: number) =>
    config.no_bias ? [weightSpec(`${name}.weight`, out, inner)] : linearSpecs(name, out, inner)
  const norm = (name: string) => (config.no_bias ? [constantSpec(`${name}.weight`, d, 1)] : normSpecs(name, d))
  const inner = d * config.expansion_ratio
  return [
    ...norm(`${at}.${called.norm1}`),
    ...project(`${at}.attn.Wqkv`, 3 * d, d),
    ...(config.attn_config.qk_ln ? [...norm(`${at}.attn.q_ln`), ...norm(`${at}.attn.k_ln`)] : []),
    ...project(`${at}.attn.out_proj`, d, d),
    ...norm(`${at}.${called.norm2}`),
    ...project(`${at}.${called.up}`, inner, d),
    ...project(`${at}.${called.down}`, d, inner),
  ]
}

/** An MPT with its parts called in a certain way. */
export function mptDecoder(config: MptConfig, called: MptNames): Decoder {
  const { d_model: d, n_heads: heads, layer_norm_epsilon: eps } = config
  const { alibi_bias_max, clip_qkv, qk_ln, softmax_scale } = config.attn_config
  const scale = softmax_scale ?? (d / heads) ** -0.5
  const project = (tf: Tf, p: Parameters, x: Tensor, name: string) =>
    linear(tf, x, parameter(p, `${name}.weight`), p.get(`${name}.bias`))
  const norm = (tf: Tf, p: Parameters, x: Tensor, name: string) =>
    layerNorm(tf, x, parameter(p, `${name}.weight`), p.get(`${name}.bias`), eps)

  function queriesKeysValues(tf: Tf, p: Parameters, at: string, h: Tensor): readonly [Tensor, Tensor, Tensor] {
    const whole = project(tf, p, h, `${at}.Wqkv`)
    const fused = clip_qkv == null ? whole : tf.clipByValue(whole, -clip_qkv, clip_qkv)
    if (!qk_ln) return splitFused(tf, fused, heads, 'blocked')
    const [q, k, v] = tf.split(fused, 3, -1) as [Tensor, Tensor, Tensor]
    const parts = [norm(tf, p, q, `${at}.q_ln`), norm(tf, p, k, `${at}.k_ln`), v] as const
    return parts.map((part) => splitHeads(tf, part, heads)) as unknown as readonly [Tensor, Tensor, Tensor]
  }

  function attend(tf: Tf, p: Parameters, at: string, h: Tensor, run: PreparedRun, cache?: KeyValueCache): Tensor {
    const { scores, bias } = run.tensors as { readonly scores: Tensor; readonly bias: Tensor }
    const mixed = selfAttention(tf, queriesKeysValues(tf, p, at, h), scale, { scores, bias }, cache)
    return project(tf, p, joinHeads(tf, mixed), `${at}.out_proj`)
  }

  return {
    config: {
      model_type: config.model_type,
      vocab_size: config.vocab_size,
      hidden_size: d,
      num_hidden_layers: config.n_layers,
      tie_word_embeddings: true,
    },
    layersPrefix,
    embeddingKey,
    headKey: embeddingKey,
    specs: [
      { name: embeddingKey, shape: [config.vocab_size, d], init: { kind: 'normal', std: config.initializer_range } },
      ...Array.from({ length: config.n_layers }, (_, i) => layerSpecs(config, called, i)).flat(),
      ...(config.no_bias
        ? [constantSpec(`lang_encoder.transformer.${called.finalNorm}.weight`, d, 1)]
        : normSpecs(`lang_encoder.transformer.${called.finalNorm}`, d)),
    ],
    prepare(tf, { rows, length, past, places, scores }) {
      const bias = alibiBias(heads, past + length, alibi_bias_max, places)
      return {
        tensors: {
          scores: tf.tensor4d(scores, [rows, 1, length, places]),
          bias: tf.tensor4d(bias, [1, heads, 1, places]),
        },
      }
    },
    layer(tf, p, index, x, run, cache) {
      const at = layerPrefix(index)
      const attended = attend(tf, p, `${at}.attn`, norm(tf, p, x, `${at}.${called.norm1}`), run, cache)
      const middle = tf.add(x, attended)
      const h = norm(tf, p, middle, `${at}.${called.norm2}`)
      const fed = project(tf, p, gelu(tf, project(tf, p, h, `${at}.${called.up}`)), `${at}.${called.down}`)
      return tf.add(middle, fed)
    },
    finish: (tf, p, x) => norm(tf, p, x, `lang_encoder.transformer.${called.finalNorm}`),
  }
}

/**
 * An MPT of the given configuration.
 *
 * @throws A zod error that names the field, for a configuration that is not an MPT's, or asks for learned positions, a
 * scale of the logits or other kinds of attention.
 */
export function buildMpt(textConfig: unknown): Decoder {
  return mptDecoder(mptConfig.parse(textConfig), names)
}
