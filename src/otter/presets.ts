// Configurations by name.
import { MimicitError, show } from '../base/errors.js'
import type { SpecialTokens } from '../text/tokenizer.js'
import { type OtterConfig, type OtterConfigInput, parseOtterConfig } from './config.js'

/** What a preset needs to know of the tokenizer. */
export interface Vocabulary {
  readonly vocabSize: number
  readonly special: SpecialTokens
}

/** The fields that come from the tokenizer. */
function tokens({ special }: Vocabulary) {
  return {
    media_token_id: special.image,
    eoc_token_id: special.endOfChunk,
    answer_token_id: special.answer,
    pad_token_id: special.pad,
    bos_token_id: special.bos,
    eos_token_id: special.eos,
  }
}

/** A new preset is one function here. */
export const presets = {
  /**
   * Learns to look from nothing, on two cores, in well under a minute: pictures of 32 x 32 in four patches, three layers
   * of text with an open gate before each. Large patches, because on few pictures a shape is learned sooner inside one
   * product than across many tokens.
   */
  tiny: (vocabulary: Vocabulary): OtterConfigInput => ({
    ...tokens(vocabulary),
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
} as const satisfies Readonly<Record<string, (vocabulary: Vocabulary) => OtterConfigInput>>

/** A name of `presets`. */
export type PresetName = keyof typeof presets

/**
 * The configuration of a preset for a tokenizer.
 *
 * @throws MIMICIT_UNKNOWN_NAME for a name that is none of `presets`.
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
