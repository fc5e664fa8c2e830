// A label policy: which tokens of a row get loss. It sees the row of one sample with the places of its answers, so a mark
// inside a text changes nothing, and padding is never looked at.

import type { TokenUses } from '../tokenise.js'
import type { SpecialTokens } from '../tokenizer.js'

/** The value that marks a token without loss. */
export const IGNORED = -100

/** Where a turn has its answer, as places in a row. */
export interface TurnSpan {
  /** First token of the turn. */
  readonly start: number
  /** First token of the response. */
  readonly answer: number
  /** One past the response. */
  readonly close: number
  /** One past what closes the response; equal to `close` where nothing does. */
  readonly end: number
  /** False if the row was cut inside the answer. Our rows never are. */
  readonly whole: boolean
}

/** The row of one sample, without padding. */
export interface LabelRow {
  readonly ids: Int32Array
  readonly special: SpecialTokens
  /** Its turns in order; the query is the last. */
  readonly turns: readonly TurnSpan[]
}

/** Writes the labels of one row. @param labels one for each id; they hold -100 before */
export type LabelPolicy = (row: LabelRow, labels: Int32Array) => void

/** Gives the tokens from `from` up to `to` loss; an `<image>` among them has none. */
export function learn({ ids, special }: LabelRow, labels: Int32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) if (ids[i] !== special.image) labels[i] = ids[i]!
}

/** Gives the final eos loss. */
export function learnEos(row: LabelRow, labels: Int32Array): void {
  const last = row.ids.length - 1
  if (last > 0 && row.ids[last] === row.special.eos) labels[last] = row.special.eos
}

/** Writes the labels of a row by a policy; special tokens that are only shown have none, nor does text before the first turn. */
export function labelRow(policy: LabelPolicy, row: LabelRow, labels: Int32Array, { eos, endOfChunk }: TokenUses): void {
  policy(row, labels)
  labels.fill(IGNORED, 1, Math.max(1, row.turns[0]?.start ?? 1))
  if (endOfChunk === 'shown') for (const { close, end } of row.turns) labels.fill(IGNORED, close, end)
  const last = row.ids.length - 1
  if (eos === 'shown' && row.ids[last] === row.special.eos) labels[last] = IGNORED
}

/**
 * A row of bare ids, from its `<answer>` and `<|endofchunk|>` tokens: for rows that another program made.
 * @param ids of one sample, without padding
 */
export function labelRowOf(ids: Int32Array, special: SpecialTokens): LabelRow {
  const turns: TurnSpan[] = []
  const length = ids.length > 0 && ids[ids.length - 1] === special.eos ? ids.length - 1 : ids.length
  for (let start = ids[0] === special.bos ? 1 : 0; start < length; ) {
    const mark = ids.indexOf(special.answer, start)
    if (mark < 0 || mark >= length) break
    const found = ids.indexOf(special.endOfChunk, mark)
    const whole = found >= 0 && found < length
    const close = whole ? found : length
    const end = whole ? close + 1 : length
    turns.push({ start, answer: mark + 1, close, end, whole })
    start = end
  }
  return { ids, special, turns }
}
