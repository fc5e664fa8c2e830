// A turn out of stored ids, as a row wants it: with as many marks as it has slots, and with the special tokens that its
// rules want. The same as tokenising the texts again, which a property tests; a table that lies is refused.
import type { LengthsRow } from './lengths-row.js'
import type { Marks } from './render.js'
import { ALL_TOKENS, type TextRules, type TokenisedTurn, tokeniseTurn } from './tokenise.js'

/** What is the same in every turn of a template, with every special token. */
export interface StoredShape {
  /** Special tokens of a turn but those of its marks. */
  readonly fixed: number
  /** Tokens on either side of an `<image>`. */
  readonly around: number
  /** Tokens of what closes an answer, and behind that. */
  readonly closing: number
  readonly tail: number
}

/** The shape of the turns of a template. */
export function storedShape(rules: TextRules): StoredShape {
  const empty = (count: number) =>
    tokeniseTurn({ instruction: '', response: '', marks: { kind: 'front', count } }, { ...rules, tokens: ALL_TOKENS })
  const [none, one] = [empty(0), empty(1)]
  const fixed = none.end - none.text
  return {
    fixed,
    around: (one.end - one.text - fixed - 1) / 2,
    closing: none.end - none.close,
    tail: none.ids.length - none.end,
  }
}

/**
 * The turn of a stored row; undefined if the row does not hold its ids, and texts have to be tokenised.
 * @throws RangeError if the row contradicts itself
 */
export function storedTurn(
  row: LengthsRow,
  marks: Marks,
  shape: StoredShape,
  rules: TextRules,
): TokenisedTurn | undefined {
  if (marks.kind === 'inside') return restore(row.interleavedIds, row.response, undefined, shape, rules)
  if (marks.count > 0) return restore(row.ids, row.response, marks.count, shape, rules)
  if (row.unmarked === null) return restore(row.ids, row.response, 0, shape, rules)
  return restore(row.unmarkedIds, row.response, undefined, shape, rules)
}

/** @param marks instead of the one in front; undefined leaves what marks there are */
function restore(
  ids: ArrayLike<number> | null,
  response: number,
  marks: number | undefined,
  { fixed, around, closing, tail }: StoredShape,
  { tokenizer, tokens }: TextRules,
): TokenisedTurn | undefined {
  if (ids === null) return undefined
  const { special, vocabSize } = tokenizer
  const end = ids.length - tail
  const close = end - closing
  const answer = close - response
  let text = end - fixed
  let mark = -1
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!
    if (!(id >= 0 && id < vocabSize)) throw new RangeError(`an id ${id} of a vocabulary of ${vocabSize}`)
    if (id !== special.image) continue
    mark = i
    text -= 1 + 2 * around
  }
  if (answer < 0 || text < response) throw new RangeError(`${ids.length} ids for a response of ${response}`)
  const from = marks === undefined || mark < 0 ? -1 : mark - around
  const kept: number[] = []
  const places = { answer: 0, close: 0, end: 0 }
  const dropClosing = tokens.endOfChunk === 'absent'
  for (let i = 0; i <= ids.length; i++) {
    if (i === answer) places.answer = kept.length
    if (i === close) places.close = kept.length
    if (i === end) places.end = kept.length
    if (i === ids.length) break
    if (i === from) {
      for (let n = 0; n < marks!; n++) for (let k = 0; k <= 2 * around; k++) kept.push(ids[from + k]!)
      i += 2 * around
      continue
    }
    if (ids[i] === special.answer && tokens.answer === 'absent') continue
    if (dropClosing && i >= close && i < end) continue
    kept.push(ids[i]!)
  }
  return { ids: Int32Array.from(kept), ...places, text }
}
