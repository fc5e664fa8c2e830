// A turn as ids: each piece of text between special tokens is tokenised by itself, so the tokens of a turn, of a row and of
// a batch are sums over pieces, whatever stands beside what. Where the answer begins and ends is known here and handed on,
// so that nobody has to look for it among ids.
import type { TextCleaning } from './cleaning.js'
import { type Marks, renderTurn, type Turn, type TurnPiece } from './render.js'
import type { Template } from './template.js'
import type { Tokenizer } from './tokenizer.js'

/** Whether a special token stands in a row: with loss where its label policy gives it some, without loss, or not at all. */
export type TokenUse = 'learned' | 'shown' | 'absent'

/** Which special tokens stand in a row. */
export interface TokenUses {
  /** `<answer>` in front of each response; it never gets loss. */
  readonly answer: Exclude<TokenUse, 'learned'>
  /** What closes each answer: `<|endofchunk|>`, or the template's own token. */
  readonly endOfChunk: TokenUse
  /** The end of the row. */
  readonly eos: TokenUse
}

/** Tokens of a row outside of its turns: bos, and eos if there is one. */
export const rowEnds = ({ eos }: TokenUses): number => (eos === 'absent' ? 1 : 2)

/** As Otter was trained. */
export const ALL_TOKENS: TokenUses = { answer: 'shown', endOfChunk: 'learned', eos: 'learned' }

/** Everything that decides the ids of a turn, apart from the turn. */
export interface TextRules {
  readonly tokenizer: Tokenizer
  readonly template: Template
  readonly cleaning: TextCleaning
  readonly tokens: TokenUses
}

/** The ids of a turn. */
export interface TokenisedTurn {
  readonly ids: Int32Array
  /** First token of the response. */
  readonly answer: number
  /** One past the response; first token of what closes it. */
  readonly close: number
  /** One past what closes it. Text behind this stands between turns: the last turn of a row does not have it. */
  readonly end: number
  /** How many of the ids before `end` are text. */
  readonly text: number
}

/** Tokenises a turn. */
export function tokeniseTurn(turn: Turn, { tokenizer, template, cleaning, tokens }: TextRules): TokenisedTurn {
  const ids: number[] = []
  let answer = 0
  let close = -1
  let end = -1
  let text = 0
  const push = (piece: Exclude<TurnPiece, { kind: 'text' }>) => {
    if (piece.kind === 'answer' && tokens.answer === 'absent') return
    // The first special token behind the response closes it.
    const closing = close >= 0 && end < 0
    if (!closing || tokens.endOfChunk !== 'absent') pushSpecial(piece, tokenizer, ids)
    if (closing) end = ids.length
  }
  for (const piece of renderTurn(template, turn, cleaning)) {
    if (piece.kind !== 'text') {
      push(piece)
      continue
    }
    const start = ids.length
    const all = tokenizer.encode(piece.text)
    pushAll(ids, all)
    if (end < 0) text += all.length
    if (piece.response === null) continue
    answer = start + sharedStart(all, piece.text, piece.response, tokenizer)
    close = ids.length
  }
  return { ids: Int32Array.from(ids), answer, close, end: end < 0 ? close : end, text }
}

/** The ids in the place of an answer of no text: those of the blank that some templates put there. */
export function emptyAnswer(rules: TextRules): Int32Array {
  const { ids, answer, close } = tokeniseTurn(
    { instruction: '', response: '', marks: { kind: 'front', count: 0 } },
    rules,
  )
  return ids.subarray(answer, close)
}

/**
 * The ids of a turn without its marks, if they can be told from those with them: where the marks stand before everything
 * else, no text joins when they go.
 */
export function withoutMarks(turn: TokenisedTurn, marks: Marks, { template }: TextRules): TokenisedTurn | undefined {
  const [first] = template
  if (first?.kind !== 'images' || first.after !== '' || first.around !== null || marks.kind === 'inside')
    return undefined
  const gone = marks.count
  return {
    ids: turn.ids.subarray(gone),
    answer: turn.answer - gone,
    close: turn.close - gone,
    end: turn.end - gone,
    text: turn.text,
  }
}

function pushSpecial(
  piece: Exclude<TurnPiece, { kind: 'text' }>,
  { special, ...rest }: Tokenizer,
  ids: number[],
): void {
  if (piece.kind !== 'token') ids.push(special[piece.kind])
  else {
    const id = rest.tokenId(piece.name)
    if (id === undefined) pushAll(ids, rest.encode(piece.name))
    else ids.push(id)
  }
}

/** How many tokens of a text belong to what stands in front of its response: those that are there without it, too. */
function sharedStart(all: readonly number[], text: string, response: number, tokenizer: Tokenizer): number {
  if (response === 0) return 0
  const front = tokenizer.encode(text.slice(0, response))
  let shared = 0
  while (shared < front.length && front[shared] === all[shared]) shared++
  return shared
}

function pushAll(ids: number[], more: readonly number[]): void {
  // One by one: a call with ten thousands of arguments overflows the stack.
  for (const id of more) ids.push(id)
}
