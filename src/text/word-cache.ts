// Tokenising by words that were tokenised before: texts repeat their words, and looking one up is many times faster than
// splitting and merging it again. Only for tokenizers that cut a text there anyway, so that no token differs.
import { z } from 'zod'

/** What of a tokenizer.json decides whether it cuts between words. */
const cutting = z.object({
  normalizer: z.union([z.null(), z.looseObject({ type: z.literal('NFC') })]).optional(),
  pre_tokenizer: z.looseObject({
    type: z.literal('ByteLevel'),
    add_prefix_space: z.literal(false),
    use_regex: z.literal(true).optional(),
  }),
})

/** Between a letter and a blank with a letter behind it. */
const BETWEEN_WORDS = /(?<=\p{L})(?= \p{L})/u

/** Words that are kept at most; a text of a user may be one giant word, which is not. */
const MOST_WORDS = 1 << 16
const LONGEST_WORD = 64

/**
 * Whether a tokenizer cuts every text between two words, whatever else stands in it: GPT-2's rule of the byte level does,
 * unless one of the added pieces of text reaches over such a place.
 * @param file a parsed tokenizer.json
 * @param pieces added tokens that text is matched against first
 */
export function cutsBetweenWords(
  file: unknown,
  pieces: readonly { readonly content: string; readonly lstrip?: unknown; readonly rstrip?: unknown }[],
): boolean {
  if (!cutting.safeParse(file).success) return false
  // White space only: it ends where a word begins, and a word has one blank in front of it that is not part of a run.
  return pieces.every(({ content, lstrip, rstrip }) => /^\s{2,}$/.test(content) && lstrip !== true && rstrip !== true)
}

/** Encodes word by word, keeping what it has seen. */
export function byWords(encode: (text: string) => readonly number[]): (text: string) => number[] {
  const known = new Map<string, readonly number[]>()
  const wordIds = (word: string): readonly number[] => {
    const found = known.get(word)
    if (found !== undefined) return found
    const ids = encode(word)
    if (word.length <= LONGEST_WORD) {
      // All at once: what is frequent is back after a few texts, and nothing has to be counted.
      if (known.size >= MOST_WORDS) known.clear()
      known.set(word, ids)
    }
    return ids
  }
  return (text) => {
    const ids: number[] = []
    for (const word of text.split(BETWEEN_WORDS)) for (const id of wordIds(word)) ids.push(id)
    return ids
  }
}
