// The configuration of a model, under the names that published OpenFlamingo and Otter configurations use. Sizes which the
// original code hard-codes (8 heads of 64, 64 latents) are defaults here.
import { z } from 'zod'
import { MimicitError, show } from '../base/errors.js'
import type { SpecialTokens } from '../text/tokenizer.js'
import type { Decoder } from './decoders/decoder.js'
import { decoders } from './decoders/index.js'

const size = z.int().positive()
const tokenId = z.int().nonnegative()

const visionConfig = z
  .object({
    hidden_size: size,
    intermediate_size: size,
    num_hidden_layers: size,
    num_attention_heads: size,
    num_channels: z.literal(3).default(3),
    image_size: size,
    patch_size: size,
    hidden_act: z.literal('quick_gelu').default('quick_gelu'),
    layer_norm_eps: z.number().positive().default(1e-5),
  })
  .refine((c) => c.image_size % c.patch_size === 0, { path: ['patch_size'], message: 'must divide image_size' })
  .refine((c) => c.hidden_size % c.num_attention_heads === 0, {
    path: ['num_attention_heads'],
    message: 'must divide hidden_size',
  })

const heads = { heads: size.default(8), dim_head: size.default(64), ff_mult: size.default(4) }
const eps = { layer_norm_eps: z.number().positive().default(1e-5) }

const otterConfig = z.object({
  model_type: z.string().default('otter'),
  text_config: z.looseObject({ model_type: z.string() }),
  vision_config: visionConfig,
  /** A block stands before decoder layer i (from 0) when (i + 1) is a multiple of this. */
  cross_attn_every_n_layers: size,
  /** Text sees the last image before it only, not all of them. */
  only_attend_immediate_media: z.boolean().default(true),
  /** Text sees the image before it; false: the next one. Otter's name: `only_attend_previous`. */
  attend_previous: z.boolean().optional(),
  only_attend_previous: z.boolean().optional(),
  /** Rows of `perceiver.frame_embs`; null or absent: frames carry no order. */
  max_num_frames: size.nullish(),
  /** Rows of `perceiver.media_time_embs`; null or absent, as in all published models: media carry no number. */
  max_num_media: size.nullish(),
  /** Id of `<image>`. */
  media_token_id: tokenId,
  /** Id of `<|endofchunk|>`. */
  eoc_token_id: tokenId,
  answer_token_id: tokenId.nullish(),
  pad_token_id: tokenId,
  bos_token_id: tokenId.nullish(),
  eos_token_id: tokenId,
  perceiver: z.object({ depth: size.default(6), num_latents: size.default(64), ...heads, ...eps }).prefault({}),
  cross_attn: z
    .object({
      ...heads,
      ...eps,
      /**
       * Where the gates of a model without loaded weights start. Published models start at 0, so that a trained language
       * model is undisturbed at first; a model that is trained from nothing has nothing to protect and learns to look
       * sooner with open gates.
       */
      gate_init: z.number().default(0),
    })
    .prefault({}),
})

/** A parsed configuration. */
export type OtterConfig = Omit<z.infer<typeof otterConfig>, 'attend_previous' | 'only_attend_previous'> & {
  readonly attend_previous: boolean
}

/** What a caller writes: defaults may be left out. */
export type OtterConfigInput = z.input<typeof otterConfig>

/** The fields of a configuration that a tokenizer decides. */
export const tokenIdsOf = ({ image, endOfChunk, answer, pad, bos, eos }: SpecialTokens) => ({
  media_token_id: image,
  eoc_token_id: endOfChunk,
  answer_token_id: answer,
  pad_token_id: pad,
  bos_token_id: bos,
  eos_token_id: eos,
})

type TokenIdName = keyof ReturnType<typeof tokenIdsOf>

function refuse(error: unknown, where: string): never {
  if (!(error instanceof z.ZodError)) throw error
  const issues = error.issues.map((issue) => `${[where, ...issue.path].join('.')}: ${issue.message}`)
  const needsTokenizer = error.issues.some(({ path }) => path.length === 1 && String(path[0]).endsWith('_token_id'))
  throw new MimicitError('MIMICIT_BAD_CONFIG', {
    expected: 'the configuration of an Otter or OpenFlamingo model',
    where: issues.length === 1 ? (issues[0]?.split(':')[0] ?? where) : where,
    received: issues.join('; '),
    ...(needsTokenizer && {
      hint: 'Published configurations leave these ids to the tokenizer: give the special tokens of the one the model was trained with.',
    }),
    cause: error,
  })
}

/** A configuration as it stands, with the ids that it leaves open taken from a tokenizer. */
function withTokenIds(json: unknown, special: SpecialTokens | undefined): unknown {
  if (special === undefined || typeof json !== 'object' || json === null) return json
  const open = Object.entries(tokenIdsOf(special)).filter(([name]) => (json as Record<string, unknown>)[name] == null)
  return { ...json, ...Object.fromEntries(open) }
}

/** The language model that a configuration describes. */
export function decoderOf(config: OtterConfig): Decoder {
  const family = Object.hasOwn(decoders, config.text_config.model_type)
    ? decoders[config.text_config.model_type]
    : undefined
  if (family === undefined)
    throw new MimicitError('MIMICIT_UNKNOWN_NAME', {
      expected: `one of ${Object.keys(decoders).join(', ')}`,
      where: 'text_config.model_type',
      received: show(config.text_config.model_type),
      hint: 'Only these families of language models are built in.',
    })
  try {
    return family.build(config.text_config)
  } catch (error) {
    return refuse(error, 'text_config')
  }
}

/**
 * Checks a configuration and fills in the defaults. Fields that mimicit does not use are ignored.
 *
 * @param special The special tokens of the model's tokenizer: the `config.json` of a published model does not say their ids.
 * Ids that it does say stay.
 * @throws MIMICIT_BAD_CONFIG naming every field that is missing or out of range, MIMICIT_UNKNOWN_NAME for a language
 * model family that is not built in.
 */
export function parseOtterConfig(json: unknown, special?: SpecialTokens): OtterConfig {
  const result = otterConfig.safeParse(withTokenIds(json, special))
  if (!result.success) return refuse(result.error, 'config')
  const { attend_previous, only_attend_previous, ...rest } = result.data
  const config = { ...rest, attend_previous: attend_previous ?? only_attend_previous ?? true }
  const { vocab_size } = decoderOf(config).config
  const ids: readonly TokenIdName[] = [
    'media_token_id',
    'eoc_token_id',
    'answer_token_id',
    'pad_token_id',
    'bos_token_id',
    'eos_token_id',
  ]
  for (const name of ids) {
    const id = config[name]
    if (id != null && id >= vocab_size)
      throw new MimicitError('MIMICIT_BAD_CONFIG', {
        expected: `a token id below the vocabulary size ${vocab_size}`,
        where: `config.${name}`,
        received: show(id),
      })
  }
  return config
}
