// Label policies: which tokens of a row get loss. A new policy is one function and one line in `labelPolicies`.
import type { SpecialTokens } from './tokenizer.js'

/** The value that marks a token without loss. */
export const IGNORED = -100

/** Writes the labels of one row. */
export type LabelPolicy = (
  /** The ids of the row, padding included. */
  ids: Int32Array,
  /** Tokens of the row that are not padding. */
  length: number,
  special: SpecialTokens,
  /** Receives a label for each id; holds -100 everywhere before. */
  labels: Int32Array,
) => void

/** Copies the answer that begins after `start` up to its `<|endofchunk|>`; without one it gets no loss. */
function labelAnswer(ids: Int32Array, length: number, special: SpecialTokens, labels: Int32Array, start: number): void {
  let end = start + 1
  while (end < length && ids[end] !== special.endOfChunk) end++
  if (end < length) labels.set(ids.subarray(start + 1, end + 1), start + 1)
}

function labelEos(ids: Int32Array, length: number, special: SpecialTokens, labels: Int32Array): void {
  if (length > 1 && ids[length - 1] === special.eos) labels[length - 1] = special.eos
}

/** Every label policy by name. */
export const labelPolicies: Readonly<Record<string, LabelPolicy>> = {
  /** Otter's training code at HEAD: every answer with its `<|endofchunk|>`, and the final eos. */
  head: (ids, length, special, labels) => {
    for (let i = 0; i < length; i++) if (ids[i] === special.answer) labelAnswer(ids, length, special, labels, i)
    labelEos(ids, length, special, labels)
  },
  /** Only the answer of the query, which is the last, and the final eos: contexts are shown, not trained on. */
  query: (ids, length, special, labels) => {
    const start = ids.lastIndexOf(special.answer, length - 1)
    if (start >= 0) labelAnswer(ids, length, special, labels, start)
    labelEos(ids, length, special, labels)
  },
}
