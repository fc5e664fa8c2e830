// GPT-NeoX (Pythia, RedPajama-INCITE): rotary positions over a part of each head, queries, keys and values fused head by
// head, attention and feed-forward beside each other or one after the other. Source: EleutherAI's modelling code; names and
// defaults as Hugging Face's GPTNeoXConfig. OpenFlamingo-4B's model has `rotary_pct` 1 and no parallel residual.
import { z } from 'zod'
import { gelu } from '../../tensors/activations.js'
import { joinHeads, splitFused } from '../../tensors/attention.js'
import type { KeyValueCache } from '../../tensors/key-value-cache.js'
import { linear } from '../../tensors/linear.js'
import { layerNorm } from '../../tensors/norm.js'
import { rotary } from '../../tensors/rotary.js'
import type { Tensor, Tf } from '../../tensors/tf.js'
import { linearSpecs, normSpecs, type ParameterSpec, type Parameters, parameter, weightSpec } from '../parameters.js'
import type { Decoder, PreparedRun } from './decoder.js'
import { prepareRotary, ropeParameters, rotaryRun } from './rotary-run.js'
import { selfAttention } from './self-attention.js'

const size = z.int().positive()

/** What the sizes inside a head follow from. */
interface HeadSizes {
  readonly hidden_size: number
  readonly num_attention_heads: number
  readonly rotary_pct: number
  readonly rope_parameters?: z.infer<typeof ropeParameters>
}
const headWidth = (config: HeadSizes) => config.hidden_size / config.num_attention_heads
const rotatedWidth = (config: HeadSizes) =>
  Math.trunc(headWidth(config) * (config.rope_parameters?.partial_rotary_factor ?? config.rotary_pct))

const gptNeoXConfig = z
  .object({
    model_type: z.literal('gpt_neox'),
    vocab_size: size,
    hidden_size: size,
    intermediate_size: size,
    num_hidden_layers: size,
    num_attention_heads: size,
    hidden_act: z.literal('gelu').default('gelu'),
    layer_norm_eps: z.number().positive().default(1e-5),
    rotary_pct: z.number().positive().max(1).default(0.25),
    rotary_emb_base: z.number().positive().default(10000),
    rope_parameters: ropeParameters,
    rope_scaling: z.null().optional(),
    use_parallel_residual: z.boolean().default(true),
    attention_bias: z.boolean().default(true),
    tie_word_embeddings: z.boolean().default(false),
    initializer_range: z.number().positive().default(0.02),
  })
  .refine((c) => c.hidden_size % c.num_attention_heads === 0, {
    path: ['num_attention_heads'],
    message: 'must divide hidden_size',
  })
  .refine((c) => rotatedWidth(c) % 2 === 0 && rotatedWidth(c) > 0, {
    path: ['rotary_pct'],
    message: 'must leave an even number of rotated dimensions in each head',
  })

type GptNeoXConfig = z.infer<typeof gptNeoXConfig>

const root = 'lang_encoder.gpt_neox'
const layersPrefix = `${root}.layers`
const embeddingKey = `${root}.embed_in.weight`
const layerPrefix = (index: number) => `${layersPrefix}.${index}.decoder_layer`

function layerSpecs(config: GptNeoXConfig, index: number): ParameterSpec[] {
  const at = layerPrefix(index)
  const { hidden_size: d, intermediate_size: inner } = config
  const project = (name: string, out: number) =>
    config.attention_bias ? linearSpecs(name, out, d) : [weightSpec(`${name}.weight`, out, d)]
  return [
    ...normSpecs(`${at}.input_layernorm`, d),
    ...normSpecs(`${at}.post_attention_layernorm`, d),
    ...project(`${at}.attention.query_key_value`, 3 * d),
    ...project(`${at}.attention.dense`, d),
    ...linearSpecs(`${at}.mlp.dense_h_to_4h`, inner, d),
    ...linearSpecs(`${at}.mlp.dense_4h_to_h`, d, inner),
  ]
}

/**
 * A GPT-NeoX of the given configuration.
 *
 * @throws A zod error that names the field, for a configuration that is not a GPT-NeoX's or asks for another activation or
 * scaled rotary positions.
 */
export function buildGptNeoX(textConfig: unknown): Decoder {
  const config = gptNeoXConfig.parse(textConfig)
  const { hidden_size: d, num_attention_heads: heads, layer_norm_eps: eps } = config
  const headKey = config.tie_word_embeddings ? embeddingKey : 'lang_encoder.embed_out.weight'
  const project = (tf: Tf, p: Parameters, x: Tensor, name: string) =>
    linear(tf, x, parameter(p, `${name}.weight`), p.get(`${name}.bias`))
  const norm = (tf: Tf, p: Parameters, x: Tensor, name: string) =>
    layerNorm(tf, x, parameter(p, `${name}.weight`), parameter(p, `${name}.bias`), eps)

  function attend(tf: Tf, p: Parameters, at: string, h: Tensor, run: PreparedRun, cache?: KeyValueCache): Tensor {
    const { scores, ...tables } = rotaryRun(run)
    const [q, k, v] = splitFused(tf, project(tf, p, h, `${at}.query_key_value`), heads, 'by-head')
    const turned = [rotary(tf, q, tables), rotary(tf, k, tables), v] as const
    const mixed = selfAttention(tf, turned, headWidth(config) ** -0.5, { scores }, cache)
    return project(tf, p, joinHeads(tf, mixed), `${at}.dense`)
  }

  return {
    config,
    layersPrefix,
    embeddingKey,
    headKey,
    specs: [
      { name: embeddingKey, shape: [config.vocab_size, d], init: { kind: 'normal', std: config.initializer_range } },
      ...Array.from({ length: config.num_hidden_layers }, (_, i) => layerSpecs(config, i)).flat(),
      ...normSpecs(`${root}.final_layer_norm`, d),
      ...(headKey === embeddingKey ? [] : [weightSpec(headKey, config.vocab_size, d)]),
    ],
    prepare: (tf, run) =>
      prepareRotary(tf, run, {
        width: headWidth(config),
        theta: config.rope_parameters?.rope_theta ?? config.rotary_emb_base,
        rotated: rotatedWidth(config),
      }),
    layer(tf, p, index, x, run, cache) {
      const at = layerPrefix(index)
      const attended = attend(tf, p, `${at}.attention`, norm(tf, p, x, `${at}.input_layernorm`), run, cache)
      const middle = tf.add(x, attended)
      const beside = config.use_parallel_residual ? x : middle
      const h = norm(tf, p, beside, `${at}.post_attention_layernorm`)
      const fed = project(tf, p, gelu(tf, project(tf, p, h, `${at}.mlp.dense_h_to_4h`)), `${at}.mlp.dense_4h_to_h`)
      return tf.add(middle, fed)
    },
    finish: (tf, p, x) => norm(tf, p, x, `${root}.final_layer_norm`),
  }
}
