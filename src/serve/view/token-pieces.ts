// A row of ids as text that a person can read, token by token.
import { labelRowOf } from '../../text/labels/label-policy.js'
import type { SpecialTokens, Tokenizer } from '../../text/tokenizer.js'

/** What is shown of a row of ids. */
export interface TokenPieces {
  /** Text of each token; empty where it only goes on a character that one before it began. */
  readonly pieces: readonly string[]
  /** 1 for special tokens. */
  readonly special: readonly number[]
  /** Which turn each belongs to, from 0; -1 = none. */
  readonly turns: readonly number[]
}

const NAMES: Readonly<Record<keyof SpecialTokens, string>> = {
  bos: '<s>',
  eos: '</s>',
  pad: '<pad>',
  image: '<image>',
  answer: '<answer>',
  endOfChunk: '<|endofchunk|>',
}

/** Tokens that one character may be spread over: four bytes of UTF-8. */
const MOST_PARTS = 4

/** @param ids of one sample, without padding */
export function tokenPieces(ids: Int32Array, tokenizer: Tokenizer): TokenPieces {
  const { special } = tokenizer
  const names = new Map<number, string>()
  for (const key of Object.keys(NAMES) as (keyof SpecialTokens)[]) {
    if (!names.has(special[key])) names.set(special[key], NAMES[key])
  }
  const pieces: string[] = []
  const isSpecial = Array.from(ids, (id) => (names.has(id) ? 1 : 0))
  for (let at = 0; at < ids.length; ) {
    const name = names.get(ids[at]!)
    if (name !== undefined) {
      pieces.push(name)
      at++
      continue
    }
    const parts = partsOfCharacter(ids, at, tokenizer, (i) => isSpecial[i] === 1)
    pieces.push(tokenizer.decode(ids.subarray(at, at + parts)))
    for (let i = 1; i < parts; i++) pieces.push('')
    at += parts
  }
  const turns = new Array<number>(ids.length).fill(-1)
  for (const [turn, { start, end }] of labelRowOf(ids, special).turns.entries()) turns.fill(turn, start, end)
  return { pieces, special: isSpecial, turns }
}

/** How many tokens from `at` on make whole characters: 1 unless it begins a character that others go on with. */
function partsOfCharacter(
  ids: Int32Array,
  at: number,
  tokenizer: Tokenizer,
  isSpecial: (i: number) => boolean,
): number {
  for (let parts = 1; parts <= MOST_PARTS && at + parts <= ids.length; parts++) {
    if (parts > 1 && isSpecial(at + parts - 1)) break
    if (!tokenizer.decode(ids.subarray(at, at + parts)).includes('\ufffd')) return parts
  }
  return 1
}
