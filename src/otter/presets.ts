// Configurations by name: those that are trained from nothing here, and those of the published models.
import { MimicitError, show } from '../base/errors.js'
import type { SpecialTokens } from '../text/tokenizer.js'
import { type OtterConfig, type OtterConfigInput, parseOtterConfig, tokenIdsOf } from './config.js'

/** What a preset needs to know of the tokenizer. */
export interface Vocabulary {
  readonly vocabSize: number
  readonly special: SpecialTokens
}

/** CLIP ViT-L/14 at 224 pixels, the tower of every published model. */
const vitL14 = {
  image_size: 224,
  patch_size: 14,
  hidden_size: 1024,
  intermediate_size: 4096,
  num_hidden_layers: 24,
  num_attention_heads: 16,
}

/** MPT-7B */
const mpt7b = (vocab_size: number) => ({
  model_type: 'mpt',
  vocab_size,
  d_model: 4096,
  hidden_size: 4096,
  n_heads: 32,
  n_layers: 32,
  expansion_ratio: 4,
  no_bias: true,
  max_seq_len: 2048,
  attn_config: { alibi: true, alibi_bias_max: 8 },
})

/** MPT-1B-RedPajama-200B */
const mpt1b = (vocab_size: number) => ({
  model_type: 'mosaic_gpt',
  vocab_size,
  d_model: 2048,
  hidden_size: 2048,
  n_heads: 16,
  n_layers: 24,
  mlp_ratio: 4,
  no_bias: true,
  max_seq_len: 2048,
  alibi: true,
  alibi_bias_max: 8,
  attn_qk_ln: true,
})

/** A published model: its sizes are fixed, the ids come from its tokenizer. */
const published =
  (cross_attn_every_n_layers: number, text_config: OtterConfigInput['text_config']) =>
  (vocabulary: Vocabulary): OtterConfigInput => ({
    ...tokenIdsOf(vocabulary.special),
    cross_attn_every_n_layers,
    vision_config: vitL14,
    text_config,
  })

/** A new preset is one entry here. */
export const presets = {
  /**
   * Learns to look from nothing, on two cores, in well under a minute: pictures of 32 x 32 in four patches, three layers
   * of text with an open gate before each. Large patches, because on few pictures a shape is learned sooner inside one
   * product than across many tokens.
   */
  tiny: (vocabulary: Vocabulary): OtterConfigInput => ({
    ...tokenIdsOf(vocabulary.special),
    cross_attn_every_n_layers: 1,
    vision_config: {
      image_size: 32,
      patch_size: 16,
      hidden_size: 64,
      intermediate_size: 128,
      num_hidden_layers: 2,
      num_attention_heads: 4,
    },
    perceiver: { depth: 1, num_latents: 8, heads: 4, dim_head: 16, ff_mult: 2 },
    cross_attn: { heads: 4, dim_head: 16, ff_mult: 2, gate_init: 1 },
    text_config: {
      model_type: 'llama',
      vocab_size: vocabulary.vocabSize,
      hidden_size: 64,
      intermediate_size: 128,
      num_hidden_layers: 3,
      num_attention_heads: 2,
      max_position_embeddings: 2048,
      initializer_range: 0.1,
      tie_word_embeddings: false,
    },
  }),
  /** About 13 million parameters with 4,096 tokens: large enough to read and describe small pictures, for one machine. */
  small: (vocabulary: Vocabulary): OtterConfigInput => ({
    ...tokenIdsOf(vocabulary.special),
    cross_attn_every_n_layers: 2,
    vision_config: {
      image_size: 112,
      patch_size: 14,
      hidden_size: 192,
      intermediate_size: 768,
      num_hidden_layers: 6,
      num_attention_heads: 3,
    },
    perceiver: { depth: 2, num_latents: 16, heads: 4, dim_head: 48 },
    cross_attn: { heads: 4, dim_head: 64, gate_init: 1 },
    text_config: {
      model_type: 'llama',
      vocab_size: vocabulary.vocabSize,
      hidden_size: 256,
      intermediate_size: 704,
      num_hidden_layers: 6,
      num_attention_heads: 4,
      max_position_embeddings: 2048,
      initializer_range: 0.1,
      tie_word_embeddings: false,
    },
  }),
  /** Otter-MPT1B on MPT-1B-RedPajama-200B. */
  'otter-mpt1b': published(1, mpt1b(50_432)),
  /** Otter-MPT7B (OTTER-Image-MPT7B), which keeps all rows of MPT-7B's embedding. */
  'otter-mpt7b': published(4, mpt7b(50_432)),
  /** Otter-LLaMA7B (OTTER-Image-LLaMA7B-LA-InContext): LLaMA-7B with four added tokens. */
  'otter-llama7b': published(4, {
    model_type: 'llama',
    vocab_size: 32_004,
    hidden_size: 4096,
    intermediate_size: 11_008,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    rms_norm_eps: 1e-6,
    max_position_embeddings: 2048,
  }),
  /** OpenFlamingo-3B-vitl-mpt1b: embedding resized to the tokenizer. */
  'openflamingo-3b': published(1, mpt1b(50_280)),
  /** OpenFlamingo-4B-vitl-rpj3b on RedPajama-INCITE-3B. */
  'openflamingo-4b': published(2, {
    model_type: 'gpt_neox',
    vocab_size: 50_280,
    hidden_size: 2560,
    intermediate_size: 10_240,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    rotary_pct: 1,
    use_parallel_residual: false,
    max_position_embeddings: 2048,
  }),
  /** OpenFlamingo-9B-vitl-mpt7b. */
  'openflamingo-9b': published(4, mpt7b(50_280)),
} as const satisfies Readonly<Record<string, (vocabulary: Vocabulary) => OtterConfigInput>>

/** A name of `presets`. */
export type PresetName = keyof typeof presets

/**
 * The configuration of a preset for a tokenizer.
 *
 * @throws MIMICIT_UNKNOWN_NAME for a name that is none of `presets`; MIMICIT_BAD_CONFIG for a tokenizer whose special
 * tokens lie outside a published model's vocabulary.
 */
export function presetConfig(name: PresetName, vocabulary: Vocabulary): OtterConfig {
  if (!Object.hasOwn(presets, name))
    throw new MimicitError('MIMICIT_UNKNOWN_NAME', {
      expected: `one of ${Object.keys(presets).join(', ')}`,
      where: 'the model preset',
      received: show(name),
    })
  return parseOtterConfig(presets[name](vocabulary))
}
