// Any Hugging Face tokenizer.json. The tokens that Otter adds are taken out of the vocabulary that user text is matched
// against, so "<image>" inside an instruction stays text; where the file lacks them they get the next free ids, in the
// order in which Otter adds them.
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import { z } from 'zod'
import { MimicitError, show } from '../base/errors.js'
import { sha256Hex } from '../base/hash.js'
import type { SpecialTokens, Tokenizer } from './tokenizer.js'
import { byWords, cutsBetweenWords } from './word-cache.js'

/** What each special token is called in the files of the models we know; the first that exists is taken. */
const NAMES: Readonly<Record<keyof SpecialTokens, readonly string[]>> = {
  bos: ['<s>', '<|endoftext|>', '<|begin_of_text|>', '<bos>', '[CLS]'],
  eos: ['</s>', '<|endoftext|>', '<|end_of_text|>', '<eos>', '[SEP]'],
  endOfChunk: ['<|endofchunk|>'],
  image: ['<image>'],
  answer: ['<answer>'],
  pad: ['<PAD>', '<pad>', '[PAD]', '<|padding|>'],
}

/** Tokens with their ids, or in the order of their ids, with scores. */
type Vocab = Record<string, number> | (readonly [token: string, score: number])[]

/** As it stands: zod's own records and tuples would copy some fifty thousand tokens. */
function isVocab(value: unknown): value is Vocab {
  if (Array.isArray(value)) {
    return value.every((one) => Array.isArray(one) && typeof one[0] === 'string' && typeof one[1] === 'number')
  }
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).every((one) => Number.isInteger(one) && one >= 0)
}

const id = z.int().min(0)
/** The parts of a tokenizer.json that we look at ourselves; the rest is passed on. */
const tokenizerFile = z.looseObject({
  added_tokens: z.array(z.looseObject({ id, content: z.string(), special: z.boolean().optional() })).default([]),
  model: z.looseObject({ type: z.string().optional(), vocab: z.custom<Vocab>(isVocab), unk_token: z.unknown() }),
})

/** Every token with its id. */
function tokensOf(vocab: Vocab): readonly (readonly [token: string, id: number])[] {
  return Array.isArray(vocab) ? vocab.map(([token], at) => [token, at] as const) : Object.entries(vocab)
}

/** Takes special tokens out of what text is matched against: they keep their ids, under names that no text has. */
function hideTokens(vocab: Vocab, tokens: ReturnType<typeof tokensOf>, hidden: ReadonlySet<number>): void {
  for (const [token, id] of tokens) {
    if (!hidden.has(id)) continue
    const name = `\u0000special ${id}\u0000`
    if (Array.isArray(vocab)) vocab[id] = [name, vocab[id]![1]]
    else {
      delete vocab[token]
      vocab[name] = id
    }
  }
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
  let parsed: z.output<typeof tokenizerFile>
  try {
    parsed = tokenizerFile.parse(JSON.parse(text))
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw bad((error as Error).message, error)
    const issue = error.issues[0]!
    throw bad(`a file with a wrong ${issue.path.map(String).join('.') || 'top level'} (${issue.message})`, error)
  }
  const { model, added_tokens: added } = parsed
  const idOf = new Map<string, number>()
  let highest = -1
  const tokens = tokensOf(model.vocab)
  for (const [token, id] of tokens) {
    if (id > highest) highest = id
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
  // Added tokens that are not special are pieces of text like any other: GPT-NeoX has its runs of blanks there.
  const ours = new Set<number>(Object.values(special))
  const pieces = added.filter((token) => token.special === false && !ours.has(token.id))
  const specialIds = new Set([...added.filter((token) => !pieces.includes(token)).map((token) => token.id), ...ours])
  // The unknown token is what a model gives for text that it does not know, so it stays.
  const unknown = typeof model.unk_token === 'string' ? idOf.get(model.unk_token) : undefined
  const hidden = new Set([...specialIds].filter((one) => one !== unknown))
  let inner: HuggingFaceTokenizer
  try {
    hideTokens(model.vocab, tokens, hidden)
    inner = new HuggingFaceTokenizer({ ...parsed, added_tokens: pieces }, {})
  } catch (error) {
    throw bad((error as Error).message, error)
  }
  const whole = (plain: string): number[] => Array.from(inner.encode(plain, { add_special_tokens: false }).ids)
  const encode = cutsBetweenWords(parsed, pieces) ? byWords(whole) : whole
  return {
    name,
    fingerprint: sha256Hex(text).slice(0, 16),
    vocabSize: highest + 1,
    special,
    tokenId: (token) => {
      const id = idOf.get(token)
      return id !== undefined && specialIds.has(id) ? id : undefined
    },
    encode: (plain) => (plain === '' ? [] : encode(plain)),
    decode: (ids) => {
      const plain = Array.from(ids).filter((id) => !specialIds.has(id))
      return plain.length === 0 ? '' : inner.decode(plain, { clean_up_tokenization_spaces: false })
    },
  }
}
