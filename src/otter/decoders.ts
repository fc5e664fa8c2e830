// The families of language models that Otter can sit on, by Hugging Face's `model_type`.
import type { DecoderFamily } from './decoder.js'
import { buildLlama } from './llama.js'

/** A new family is one file and one line here. */
export const decoders: Readonly<Record<string, DecoderFamily>> = {
  llama: { build: buildLlama },
}
