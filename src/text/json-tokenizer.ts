// Any Hugging Face tokenizer.json. The tokens that Otter adds are taken out of the vocabulary that user text is matched
// against, so "<image>" inside an instruction stays text; where the file lacks them they get the next free ids, in the
// order in which Otter adds them.
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import { MimicitError, show } from '../base/errors.js'
import { sha256Hex } from '../base/hash.js'
import type { SpecialTokens, Tokenizer } from './tokenizer.js'

/** What each special token is called in the files of the models we know; the first that exists is taken. */
const NAMES: Readonly<Record<keyof SpecialTokens, readonly string[]>> = {
  bos: ['<s>', '<|endoftext|>', '<|begin_of_text|>', '<bos>', '[CLS]'],
  eos: ['</s>', '<|endoftext|>', '<|end_of_text|>', '<eos>', '[SEP]'],
  endOfChunk: ['<|endofchunk|>'],
  image: ['<image>'],
  answer: ['<answer>'],
  pad: ['<PAD>', '<pad>', '[PAD]', '<|padding|>'],
}

interface AddedToken {
  readonly id: number
  readonly content: string
}

/**
 * A tokenizer from the text of a tokenizer.json.
 * @param name short name for messages and file names
 * @param where the file, for messages
 * @throws MimicitError MIMICIT_BAD_TOKENIZER if it is no tokenizer.json or has no beginning or end token
 */
export function jsonTokenizer(text: string, name: string, where: string): Tokenizer {
  const bad = (received: string, cause?: unknown) =>
    new MimicitError('MIMICIT_BAD_TOKENIZER', {
      expected: 'a Hugging Face tokenizer.json',
      where,
      received,
      hint: 'Name the tokenizer.json of the language model.',
      cause,
    })
  let parsed: { added_tokens?: unknown; model?: { vocab?: unknown } }
  try {
    parsed = JSON.parse(text) as typeof parsed
  } catch (error) {
    throw bad((error as Error).message, error)
  }
  const vocab = parsed?.model?.vocab
  if (typeof vocab !== 'object' || vocab === null) throw bad('a file without model.vocab')
  const added = (Array.isArray(parsed.added_tokens) ? parsed.added_tokens : []) as readonly AddedToken[]
  const idOf = new Map<string, number>()
  let highest = -1
  const entries: Iterable<readonly [string, number]> = Array.isArray(vocab)
    ? (vocab as readonly (readonly [string, number])[]).map(([token], id) => [token, id] as const)
    : (Object.entries(vocab) as [string, number][])
  for (const [token, id] of entries) {
    highest = Math.max(highest, id)
    // Only tokens that could be special are looked up by name.
    if (token.startsWith('<') || token.startsWith('[')) idOf.set(token, id)
  }
  for (const { content, id } of added) {
    highest = Math.max(highest, id)
    idOf.set(content, id)
  }
  const find = (names: readonly string[]) => names.map((token) => idOf.get(token)).find((id) => id !== undefined)
  const bos = find(NAMES.bos)
  const eos = find(NAMES.eos)
  if (bos === undefined || eos === undefined)
    throw bad(`one without ${show((bos === undefined ? NAMES.bos : NAMES.eos)[0])}`)
  const findOrAdd = (names: readonly string[]) => find(names) ?? ++highest
  const special: SpecialTokens = {
    bos,
    eos,
    endOfChunk: findOrAdd(NAMES.endOfChunk),
    image: findOrAdd(NAMES.image),
    answer: findOrAdd(NAMES.answer),
    pad: findOrAdd(NAMES.pad),
  }
  const specialIds = new Set<number>([...added.map((token) => token.id), ...Object.values(special)])
  let inner: HuggingFaceTokenizer
  try {
    inner = new HuggingFaceTokenizer({ ...(parsed as object), added_tokens: [] }, {})
  } catch (error) {
    throw bad((error as Error).message, error)
  }
  return {
    name,
    fingerprint: sha256Hex(text).slice(0, 16),
    vocabSize: highest + 1,
    special,
    encode: (plain) => (plain === '' ? [] : Array.from(inner.encode(plain, { add_special_tokens: false }).ids)),
    decode: (ids) => {
      const plain = Array.from(ids).filter((id) => !specialIds.has(id))
      return plain.length === 0 ? '' : inner.decode(plain, { clean_up_tokenization_spaces: false })
    },
  }
}
