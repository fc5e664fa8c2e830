// The product of two batches of matrices, on the fast path of whichever backend runs.
import { customOp } from './custom-op.js'
import type { Tensor, Tf } from './tf.js'
import { hasKernel, kernelNames } from './wasm/register.js'

/** [n,m,k] x [n,k,p] -> [n,m,p] without a gradient: for use inside operations that bring their own. */
export function batchProduct(tf: Tf, a: Tensor, b: Tensor): Tensor {
  if (!hasKernel(tf, kernelNames.batchMatMul)) return tf.matMul(a, b)
  return tf.engine().runKernel<Tensor>(kernelNames.batchMatMul, { a, b })
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
      () => batchProduct(tf, dy, swapLast(tf, savedB as Tensor)),
      () => batchProduct(tf, swapLast(tf, savedA as Tensor), dy),
    ],
  )
}
