// Mean cross-entropy over the labels that count.
import { MimicitError, show } from '../base/errors.js'
import { customOp } from './custom-op.js'
import type { Tensor, Tf } from './tf.js'

/** The label that gets no loss. */
export const ignoredLabel = -100

/**
 * Mean of -log softmax(logits)[label] over the labels that are not `ignoredLabel`; 0 when there is none.
 * With weights, their weighted sum.
 *
 * @param logits [n,V]
 * @param labels n numbers, each `ignoredLabel` or within [0, V).
 * @param weights n numbers; what each label counts. @default one over the number of labels that count
 * @returns A scalar.
 * @throws MIMICIT_BAD_VALUE for a label outside the vocabulary.
 */
export function crossEntropy(tf: Tf, logits: Tensor, labels: Int32Array, weights?: Float32Array): Tensor {
  const classes = logits.shape[1] ?? 0
  const bad = labels.findIndex((label) => label !== ignoredLabel && (label < 0 || label >= classes))
  if (bad !== -1)
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: `${ignoredLabel} or a token id below ${classes}`,
      where: `label ${bad} of the loss`,
      received: show(labels[bad]),
      hint: 'The tokenizer and the model must have the same vocabulary.',
    })
  const counted = labels.reduce((sum, label) => sum + (label === ignoredLabel ? 0 : 1), 0)
  const share = Float32Array.from(labels, (label, i) =>
    label === ignoredLabel ? 0 : (weights?.[i] ?? 1 / Math.max(counted, 1)),
  )
  return customOp(
    tf,
    [logits],
    () => {
      const targets = tf.tensor1d(
        labels.map((label) => Math.max(label, 0)),
        'int32',
      )
      const shares = tf.tensor2d(share, [labels.length, 1])
      const [losses, slope] = softmaxCrossEntropy(tf, logits, targets)
      return { value: tf.sum(tf.mul(losses, shares)), saved: [slope, shares] }
    },
    (dy, [slope, shares]) => [() => tf.mul(slope as Tensor, tf.mul(shares as Tensor, dy))],
  )
}

/** Of each row [n,V] with its target int32 [n]: -log softmax, [n,1], and its slope, [n,V]. Without a gradient. */
function softmaxCrossEntropy(tf: Tf, logits: Tensor, labels: Tensor): readonly [losses: Tensor, slope: Tensor] {
  const hot = tf.cast(tf.oneHot(labels, logits.shape[1] ?? 0), 'float32')
  const shares = tf.softmax(logits as never)
  // The largest share is 1 / sum(exp(logit - largest)), so that exponents are computed once; it is never below 1 / V.
  const below = tf.sub(tf.max(logits, -1, true), tf.sum(tf.mul(logits, hot), -1, true))
  return [tf.sub(below, tf.log(tf.max(shares, -1, true))), tf.sub(shares, hot)]
}
