// LLaMA: RMS norm, rotary positions (rotate-half), SiLU-gated feed-forward, no biases unless configured, key and value
// heads possibly fewer than query heads. Source: the LLaMA papers; names and defaults as Hugging Face's LlamaConfig.
import { z } from 'zod'
import { silu } from '../../tensors/activations.js'
import { joinHeads, splitHeads } from '../../tensors/attention.js'
import type { KeyValueCache } from '../../tensors/key-value-cache.js'
import { linear } from '../../tensors/linear.js'
import { rmsNorm } from '../../tensors/norm.js'
import { rotary } from '../../tensors/rotary.js'
import type { Tensor, Tf } from '../../tensors/tf.js'
import { constantSpec, linearSpecs, type ParameterSpec, type Parameters, parameter, weightSpec } from '../parameters.js'
import type { Decoder, PreparedRun } from './decoder.js'
import { prepareRotary, ropeParameters, rotaryRun } from './rotary-run.js'
import { selfAttention } from './self-attention.js'

const size = z.int().positive()

interface HeadSizes {
  readonly hidden_size: number
  readonly num_attention_heads: number
  readonly head_dim?: number | null | undefined
}
const headWidth = (config: HeadSizes) => config.head_dim ?? config.hidden_size / config.num_attention_heads

const llamaConfig = z
  .object({
    model_type: z.literal('llama'),
    vocab_size: size,
    hidden_size: size,
    intermediate_size: size,
    num_hidden_layers: size,
    num_attention_heads: size,
    num_key_value_heads: size.nullish(),
    head_dim: size.nullish(),
    hidden_act: z.literal('silu').default('silu'),
    rms_norm_eps: z.number().positive().default(1e-6),
    rope_theta: z.number().positive().default(10000),
    rope_parameters: ropeParameters,
    rope_scaling: z.null().optional(),
    attention_bias: z.boolean().default(false),
    mlp_bias: z.boolean().default(false),
    tie_word_embeddings: z.boolean().default(false),
    /** Standard deviation of the input embedding of a model without loaded weights. */
    initializer_range: z.number().positive().default(0.02),
  })
  .refine((c) => c.head_dim != null || c.hidden_size % c.num_attention_heads === 0, {
    path: ['num_attention_heads'],
    message: 'must divide hidden_size',
  })
  .refine((c) => headWidth(c) % 2 === 0, { path: ['head_dim'], message: 'must be even' })
  .refine((c) => c.num_attention_heads % (c.num_key_value_heads ?? c.num_attention_heads) === 0, {
    path: ['num_key_value_heads'],
    message: 'must divide num_attention_heads',
  })

type LlamaConfig = z.infer<typeof llamaConfig>

const layersPrefix = 'lang_encoder.model.layers'
const embeddingKey = 'lang_encoder.model.embed_tokens.weight'

function layerSpecs(config: LlamaConfig, heads: Heads, index: number): ParameterSpec[] {
  const at = `${layersPrefix}.${index}.decoder_layer`
  const d = config.hidden_size
  const specs = (biased: boolean, name: string, out: number, inner: number) =>
    biased ? linearSpecs(name, out, inner) : [weightSpec(`${name}.weight`, out, inner)]
  const { attention_bias, mlp_bias, intermediate_size } = config
  return [
    constantSpec(`${at}.input_layernorm.weight`, d, 1),
    ...specs(attention_bias, `${at}.self_attn.q_proj`, heads.query * heads.width, d),
    ...specs(attention_bias, `${at}.self_attn.k_proj`, heads.keyValue * heads.width, d),
    ...specs(attention_bias, `${at}.self_attn.v_proj`, heads.keyValue * heads.width, d),
    ...specs(attention_bias, `${at}.self_attn.o_proj`, d, heads.query * heads.width),
    constantSpec(`${at}.post_attention_layernorm.weight`, d, 1),
    ...specs(mlp_bias, `${at}.mlp.gate_proj`, intermediate_size, d),
    ...specs(mlp_bias, `${at}.mlp.up_proj`, intermediate_size, d),
    ...specs(mlp_bias, `${at}.mlp.down_proj`, d, intermediate_size),
  ]
}

interface Heads {
  readonly query: number
  readonly keyValue: number
  readonly width: number
}

/**
 * A LLaMA of the given configuration.
 *
 * @throws A zod error that names the field, for a configuration that is not a LLaMA's or asks for scaled rotary positions.
 */
export function buildLlama(textConfig: unknown): Decoder {
  const config = llamaConfig.parse(textConfig)
  const heads: Heads = {
    query: config.num_attention_heads,
    keyValue: config.num_key_value_heads ?? config.num_attention_heads,
    width: headWidth(config),
  }
  const eps = config.rms_norm_eps
  const theta = config.rope_parameters?.rope_theta ?? config.rope_theta
  const headKey = config.tie_word_embeddings ? embeddingKey : 'lang_encoder.lm_head.weight'
  const project = (tf: Tf, parameters: Parameters, x: Tensor, name: string) =>
    linear(tf, x, parameter(parameters, `${name}.weight`), parameters.get(`${name}.bias`))
  const norm = (tf: Tf, parameters: Parameters, x: Tensor, name: string) =>
    rmsNorm(tf, x, parameter(parameters, `${name}.weight`), eps)

  function attend(tf: Tf, p: Parameters, at: string, h: Tensor, run: PreparedRun, cache?: KeyValueCache): Tensor {
    const { scores, ...tables } = rotaryRun(run)
    const q = rotary(tf, splitHeads(tf, project(tf, p, h, `${at}.q_proj`), heads.query), tables)
    const k = rotary(tf, splitHeads(tf, project(tf, p, h, `${at}.k_proj`), heads.keyValue), tables)
    const v = splitHeads(tf, project(tf, p, h, `${at}.v_proj`), heads.keyValue)
    const mixed = selfAttention(tf, [q, k, v], heads.width ** -0.5, { scores }, cache)
    return project(tf, p, joinHeads(tf, mixed), `${at}.o_proj`)
  }

  return {
    config,
    layersPrefix,
    embeddingKey,
    headKey,
    specs: [
      {
        name: embeddingKey,
        shape: [config.vocab_size, config.hidden_size],
        init: { kind: 'normal', std: config.initializer_range },
      },
      ...Array.from({ length: config.num_hidden_layers }, (_, i) => layerSpecs(config, heads, i)).flat(),
      constantSpec('lang_encoder.model.norm.weight', config.hidden_size, 1),
      ...(headKey === embeddingKey ? [] : [weightSpec(headKey, config.vocab_size, config.hidden_size)]),
    ],
    prepare: (tf, run) => prepareRotary(tf, run, { width: heads.width, theta }),
    layer(tf, parameters, index, x, run, cache) {
      const at = `${layersPrefix}.${index}.decoder_layer`
      const first = norm(tf, parameters, x, `${at}.input_layernorm`)
      const middle = tf.add(x, attend(tf, parameters, `${at}.self_attn`, first, run, cache))
      const h = norm(tf, parameters, middle, `${at}.post_attention_layernorm`)
      const gate = silu(tf, project(tf, parameters, h, `${at}.mlp.gate_proj`))
      const inner = tf.mul(gate, project(tf, parameters, h, `${at}.mlp.up_proj`))
      return tf.add(middle, project(tf, parameters, inner, `${at}.mlp.down_proj`))
    },
    finish: (tf, parameters, x) => norm(tf, parameters, x, 'lang_encoder.model.norm'),
  }
}
