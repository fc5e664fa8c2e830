// Layer norm and RMS norm over the last axis, with their gradients written out.
import { customOp, sumRows } from './custom-op.js'
import { matrixShape, type Tensor, type Tf } from './tf.js'

/**
 * Layer norm: (x - mean) / sqrt(variance + eps) * weight + bias, the variance divided by n as everywhere in these models.
 *
 * @param x [.., d]
 * @param weight [d]
 * @param bias [d], if there is one.
 * @param eps Added to the variance. CLIP and OpenFlamingo use 1e-5.
 */
export function layerNorm(tf: Tf, x: Tensor, weight: Tensor, bias: Tensor | undefined, eps: number): Tensor {
  const [rows, width] = matrixShape(x)
  const flat = tf.reshape(x, [rows, width])
  const y = customOp(
    tf,
    bias === undefined ? [flat, weight] : [flat, weight, bias],
    () => {
      const centred = tf.sub(flat, tf.mean(flat, -1, true))
      const rate = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), eps))
      const unit = tf.mul(centred, rate)
      const scaled = tf.mul(unit, weight)
      return { value: bias === undefined ? scaled : tf.add(scaled, bias), saved: [unit, rate, weight] }
    },
    (dy, saved) => {
      const [unit, rate, savedWeight] = saved as [Tensor, Tensor, Tensor]
      return [
        () => {
          const dUnit = tf.mul(dy, savedWeight)
          const along = tf.mul(unit, tf.mean(tf.mul(dUnit, unit), -1, true))
          return tf.mul(tf.sub(tf.sub(dUnit, tf.mean(dUnit, -1, true)), along), rate)
        },
        () => sumRows(tf, tf.mul(dy, unit)),
        () => sumRows(tf, dy),
      ]
    },
  )
  return tf.reshape(y, x.shape)
}

/**
 * RMS norm: x / sqrt(mean(x^2) + eps) * weight (LLaMA).
 *
 * @param x [.., d]
 * @param weight [d]
 * @param eps `rms_norm_eps` of the configuration.
 */
export function rmsNorm(tf: Tf, x: Tensor, weight: Tensor, eps: number): Tensor {
  const [rows, width] = matrixShape(x)
  const flat = tf.reshape(x, [rows, width])
  const y = customOp(
    tf,
    [flat, weight],
    () => {
      const rate = tf.rsqrt(tf.add(tf.mean(tf.square(flat), -1, true), eps))
      const unit = tf.mul(flat, rate)
      return { value: tf.mul(unit, weight), saved: [unit, rate, weight] }
    },
    (dy, saved) => {
      const [unit, rate, savedWeight] = saved as [Tensor, Tensor, Tensor]
      return [
        () => {
          const dUnit = tf.mul(dy, savedWeight)
          return tf.mul(tf.sub(dUnit, tf.mul(unit, tf.mean(tf.mul(dUnit, unit), -1, true))), rate)
        },
        () => sumRows(tf, tf.mul(dy, unit)),
      ]
    },
  )
  return tf.reshape(y, x.shape)
}
