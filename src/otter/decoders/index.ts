// The families of language models that Otter can sit on, by Hugging Face's `model_type`.
import type { DecoderFamily } from './decoder.js'
import { buildGptNeoX } from './gpt-neox.js'
import { buildLlama } from './llama.js'
import { buildMosaicGpt } from './mosaic-gpt.js'
import { buildMpt } from './mpt.js'

/** A new family is one file and one line here. */
export const decoders: Readonly<Record<string, DecoderFamily>> = {
  llama: { build: buildLlama },
  mpt: { build: buildMpt },
  mosaic_gpt: { build: buildMosaicGpt },
  gpt_neox: { build: buildGptNeoX },
}
