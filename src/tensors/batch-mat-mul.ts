// Products of matrices and of batches of them, on the fast path of whichever backend runs.
import { customOp } from './custom-op.js'
import { hasKernel, kernelNames } from './kernels.js'
import type { Tensor, Tf } from './tf.js'

/** Which sides of a product have their last two axes swapped before it. */
export interface Turned {
  readonly a?: boolean
  readonly b?: boolean
}

/**
 * Whether a product takes a turned side as it lies. TensorFlow does; on wasm its flag costs ten times the product, so
 * that the side is turned by itself.
 */
const takesTurned = (tf: Tf): boolean => tf.getBackend() === 'tensorflow'

/** [m,k] x [k,p] -> [m,p] without a gradient; a turned side comes as [k,m] or [p,k]. */
export function matrixProduct(tf: Tf, a: Tensor, b: Tensor, turned: Turned = {}): Tensor {
  if (takesTurned(tf)) return tf.matMul(a, b, turned.a === true, turned.b === true)
  return tf.matMul(turned.a === true ? tf.transpose(a) : a, turned.b === true ? tf.transpose(b) : b)
}

/**
 * [n,m,k] x [n,k,p] -> [n,m,p] without a gradient: for use inside operations that bring their own. A turned side comes as
 * [n,k,m] or [n,p,k].
 */
export function batchProduct(tf: Tf, a: Tensor, b: Tensor, turned: Turned = {}): Tensor {
  if (takesTurned(tf)) return tf.matMul(a, b, turned.a === true, turned.b === true)
  const left = turned.a === true ? swapLast(tf, a) : a
  const right = turned.b === true ? swapLast(tf, b) : b
  if (!hasKernel(tf, kernelNames.batchMatMul)) return tf.matMul(left, right)
  return tf.engine().runKernel<Tensor>(kernelNames.batchMatMul, { a: left, b: right })
}

/** Swaps the last two axes of a batch of matrices. */
export function swapLast(tf: Tf, x: Tensor): Tensor {
  return tf.transpose(x, [0, 2, 1])
}

/**
 * The product of two batches of matrices.
 *
 * @param a [n,m,k]
 * @param b [n,k,p]
 * @returns [n,m,p]
 */
export function batchMatMul(tf: Tf, a: Tensor, b: Tensor): Tensor {
  return customOp(
    tf,
    [a, b],
    () => ({ value: batchProduct(tf, a, b), saved: [a, b] }),
    (dy, [savedA, savedB]) => [
      () => batchProduct(tf, dy, savedB as Tensor, { b: true }),
      () => batchProduct(tf, savedA as Tensor, dy, { a: true }),
    ],
  )
}
