// Query-only: contexts are shown, not trained on. Otherwise the answer of a popular neighbour is learned once for every
// query that lists it.
import { type LabelPolicy, learn, learnEos } from './label-policy.js'

/** Only the answer of the query, which is the last, with what closes it, and the final eos. */
export const query: LabelPolicy = (row, labels) => {
  const last = row.turns.at(-1)
  if (last?.whole === true) learn(row, labels, last.answer, last.end)
  learnEos(row, labels)
}
