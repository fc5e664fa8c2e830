// The label policies of OpenFlamingo's pre-training, where text is learned rather than answers.
import { type LabelPolicy, learn } from './label-policy.js'

/** Interleaved documents: what follows an `<image>`, up to the end of its turn; nothing before the first. */
export const openFlamingo: LabelPolicy = (row, labels) => {
  const { ids, special, turns } = row
  let from = 0
  for (const { end } of turns) {
    const image = ids.indexOf(special.image, from)
    if (image < 0) return
    learn(row, labels, image, end)
    from = Math.max(from, end)
  }
}

/** Pictures with captions: everything but the `<image>` marks, the final eos too. */
export const openFlamingoPairs: LabelPolicy = (row, labels) => learn(row, labels, 0, row.ids.length)
