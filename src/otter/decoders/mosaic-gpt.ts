// MosaicGPT, of which MPT-1B-RedPajama-200B is made (OpenFlamingo-3B, Otter-MPT1B): an MPT that writes its configuration flat,
// calls its parts otherwise, and norms queries and keys.
import { z } from 'zod'
import type { Decoder } from './decoder.js'
import { mptAttention, mptConfig, mptDecoder } from './mpt.js'

const { alibi, alibi_bias_max } = mptAttention.shape

const mosaicGptConfig = z.looseObject({
  alibi,
  alibi_bias_max,
  attn_clip_qkv: mptAttention.shape.clip_qkv,
  attn_qk_ln: mptAttention.shape.qk_ln,
  softmax_scale: mptAttention.shape.softmax_scale,
  mlp_ratio: z.int().positive().default(4),
})

/**
 * A MosaicGPT of the given configuration.
 *
 * @throws A zod error that names the field, as `buildMpt`.
 */
export function buildMosaicGpt(textConfig: unknown): Decoder {
  const flat = mosaicGptConfig.parse(textConfig)
  const { attn_clip_qkv: clip_qkv, attn_qk_ln: qk_ln, softmax_scale, alibi, alibi_bias_max } = flat
  const attn_config = { alibi, alibi_bias_max, clip_qkv, qk_ln, softmax_scale }
  return mptDecoder(mptConfig.parse({ ...flat, expansion_ratio: flat.mlp_ratio, attn_config }), {
    norm1: 'ln_1',
    norm2: 'ln_2',
    up: 'mlp.mlp_up',
    down: 'mlp.mlp_down',
    finalNorm: 'ln_f',
  })
}
