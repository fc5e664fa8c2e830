// y = x W^T + b, with weights the way checkpoints hold them: [out, in].
import { matrixProduct } from './batch-mat-mul.js'
import { customOp, sumRows } from './custom-op.js'
import { matrixShape, type Tensor, type Tf } from './tf.js'

/**
 * x W^T, [rows,in] x [out,in] -> [rows,out]. The weight is turned, or, where rows are few (every step of a generation),
 * what is multiplied and what comes out.
 */
function times(tf: Tf, x: Tensor, weight: Tensor): Tensor {
  const [rows = 0, inner = 0] = x.shape
  const outer = weight.shape[0] ?? 0
  if (rows * (inner + outer) < inner * outer) return tf.transpose(matrixProduct(tf, weight, x, { b: true }))
  return matrixProduct(tf, x, weight, { b: true })
}

/**
 * A linear layer over the last axis.
 *
 * @param x [.., in]; all leading axes are folded into one product.
 * @param weight [out, in], as PyTorch stores it.
 * @param bias [out], if there is one.
 * @returns [.., out]
 */
export function linear(tf: Tf, x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const [rows, inner] = matrixShape(x)
  const outer = weight.shape[0] ?? 0
  const flat = tf.reshape(x, [rows, inner])
  const inputs = bias === undefined ? [flat, weight] : [flat, weight, bias]
  const y = customOp(
    tf,
    inputs,
    () => {
      const product = times(tf, flat, weight)
      return { value: bias === undefined ? product : tf.add(product, bias), saved: [flat, weight] }
    },
    (dy, [savedX, savedWeight]) => [
      () => matrixProduct(tf, dy, savedWeight as Tensor),
      () => matrixProduct(tf, dy, savedX as Tensor, { a: true }),
      () => sumRows(tf, dy),
    ],
  )
  return tf.reshape(y, [...x.shape.slice(0, -1), outer])
}
