// The label policies of Otter's training code through its versions. What they have in common: answers of contexts are
// learned too. Where a version had a fault that its authors did not mean, the policy does what they meant, unless its name
// says otherwise.
import { type LabelPolicy, learn, learnEos } from './label-policy.js'

/** HEAD: every answer with what closes it, and the final eos. An answer that was cut gets no loss, the eos does. */
export const head: LabelPolicy = (row, labels) => {
  for (const { answer, end, whole } of row.turns) if (whole) learn(row, labels, answer, end)
  learnEos(row, labels)
}

/** v0.2: every answer with what closes it, not the eos; behind an answer that was cut everything. */
export const v02: LabelPolicy = (row, labels) => {
  for (const { answer, end, whole } of row.turns) learn(row, labels, answer, whole ? end : row.ids.length)
}

/**
 * v0.2 as every row of a batch but the last really had it: its masking stood outside of the loop over rows, so questions and
 * roles were learned. For who continues such a model.
 */
export const v02Unmasked: LabelPolicy = (row, labels) => {
  for (let i = 1; i < row.ids.length; i++) if (!isMark(row.ids[i]!, row.special)) labels[i] = row.ids[i]!
}

/** August 2023: v0.2 with the final eos. */
export const aug23: LabelPolicy = (row, labels) => {
  v02(row, labels)
  learnEos(row, labels)
}

/** v0.1: everything behind the first `<answer>` but the marks, later questions too. */
export const v01: LabelPolicy = (row, labels) => {
  const from = row.turns[0]?.answer ?? row.ids.length
  for (let i = from; i < row.ids.length; i++) if (!isMark(row.ids[i]!, row.special)) labels[i] = row.ids[i]!
}

const isMark = (id: number, { image, answer }: { readonly image: number; readonly answer: number }) =>
  id === image || id === answer
