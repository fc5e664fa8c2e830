// The tokenizer of a model that embeds texts: a tokenizer.json with the special tokens that the model itself puts around a
// text ([CLS] and [SEP], <|startoftext|> and <|endoftext|>), as its library does. What is too long is cut inside of them.
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import { MimicitError } from '../base/errors.js'

/** Texts as a model takes them. */
export interface EmbeddingTokenizer {
  /** @returns ids, special ones around them, at most as many as the model takes */
  encode(text: string): number[]
  /** What stands behind a text that is shorter than others. */
  readonly pad: number
}

/**
 * @param file content of a tokenizer.json
 * @param config content of the tokenizer_config.json beside it
 * @param most ids of a text
 * @param where the directory, for messages
 * @throws MimicitError MIMICIT_BAD_TOKENIZER
 */
export function embeddingTokenizer(
  file: object,
  config: Readonly<Record<string, unknown>>,
  most: number,
  where: string,
): EmbeddingTokenizer {
  let inner: HuggingFaceTokenizer
  let pad: number
  let around: number
  try {
    inner = new HuggingFaceTokenizer(file, config)
    around = inner.encode('').ids.length
    pad = inner.token_to_id(nameOf(config.pad_token) ?? '[PAD]') ?? 0
  } catch (error) {
    throw new MimicitError('MIMICIT_BAD_TOKENIZER', {
      expected: 'a Hugging Face tokenizer.json',
      where,
      received: (error as Error).message,
      hint: 'Name the directory of a model as it was published.',
      cause: error,
    })
  }
  const idsOf = (text: string, special: boolean): number[] =>
    Array.from<number>(inner.encode(text, { add_special_tokens: special }).ids)
  return {
    pad,
    encode(text) {
      const whole = idsOf(text, true)
      if (whole.length <= most) return whole
      const plain = idsOf(text, false)
      const before = placeOf(plain, whole, around)
      const behind = whole.length - before - plain.length
      return [...whole.slice(0, before), ...plain.slice(0, most - around), ...whole.slice(whole.length - behind)]
    },
  }
}

/** Where the ids of a text begin among those with special ones around them. */
function placeOf(plain: readonly number[], whole: readonly number[], around: number): number {
  for (let at = 0; at <= around; at++) if (plain.every((id, i) => whole[at + i] === id)) return at
  return 0
}

/** A token in a configuration: its text, or an object that has it. */
function nameOf(token: unknown): string | undefined {
  if (typeof token === 'string') return token
  const content = (token as { readonly content?: unknown } | null | undefined)?.content
  return typeof content === 'string' ? content : undefined
}
