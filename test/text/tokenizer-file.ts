// The text of a small tokenizer.json: a byte-level BPE of a few merges.

/** The printable characters that stand for bytes in a byte-level vocabulary (GPT-2). */
function byteCharacters(): string[] {
  const printable = (b: number) => (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || (b >= 174 && b <= 255)
  let next = 256
  return Array.from({ length: 256 }, (_, b) => String.fromCharCode(printable(b) ? b : next++))
}

const MERGES = ['h e', 'l l', 'he ll', 'hell o', 'Ġ w', 'i m', 'a g', 'im ag', 'imag e']
/** Merges over the borders of what a template says and what a user said. */
const BORDERS = [': Ġ', ': :', ': a', ': A', ') Ċ', 'Ġ G', ': <', ': n', 'Ċ U', 'Ġ Ġ']

const vocabOf = (merges: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries([...byteCharacters(), ...merges.map((pair) => pair.replace(' ', ''))].map((t, i) => [t, i]))

const modelOf = (merges: readonly string[]) => ({
  type: 'BPE',
  ...{ dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null },
  ...{ fuse_unk: false, byte_fallback: false },
  vocab: vocabOf(merges),
  merges,
})

/** Ids of its tokens. */
export const vocab = vocabOf(MERGES)

/** An entry of `added_tokens`. */
export const specialToken = (id: number, content: string) => ({
  id,
  content,
  special: true,
  ...{ single_word: false, lstrip: false, rstrip: false, normalized: false },
})

/** How text is cut before merging. */
export const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true }

/** The text of the file. */
export const byteLevelFile = (added_tokens: unknown, change: object = {}) =>
  JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens,
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: modelOf(MERGES),
    ...change,
  })

/** The same with merges that reach over any border, since text is not cut into words first. */
export const mergingFile = (added_tokens: unknown) =>
  byteLevelFile(added_tokens, {
    pre_tokenizer: { ...byteLevel, use_regex: false },
    model: modelOf([...MERGES, ...BORDERS]),
  })
