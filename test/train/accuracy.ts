// How often a model answers exactly right.
import type { Batch } from '../../src/loader/batch.js'
import type { Otter } from '../../src/otter/model.js'

/**
 * Share of rows whose every labelled token is the most likely one given those before it: exactly the rows for which
 * greedy generation gives the whole answer and then stops.
 */
export function accuracy(model: Otter, batch: Batch): number {
  const { tf } = model
  const { B, L } = batch.shape
  const best = tf.tidy(() => tf.argMax(model.forward(batch).logits, -1).dataSync())
  let right = 0
  for (let row = 0; row < B; row++) {
    let good = true
    for (let i = row * L + 1; i < (row + 1) * L; i++)
      if (batch.labels[i] !== -100 && best[i - 1] !== batch.labels[i]) good = false
    if (good) right++
  }
  return right / B
}
