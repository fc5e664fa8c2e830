// An operation with a gradient of our own. tfjs differentiates a product with two transposed products that run at a
// tenth of the speed of plain ones on wasm, and a layer norm through a dozen small steps; with the formula written out
// a training step of a small decoder takes a fifth of the time.

import { hasKernel, kernelNames } from './kernels.js'
import { isFrozen, type Tensor, type Tf } from './tf.js'

/** What a forward pass yields: its result, and what the backward pass wants to see again. */
export interface Forward {
  readonly value: Tensor
  readonly saved: readonly Tensor[]
}

/** One function per input, called only when that input needs its gradient. */
export type Gradients = readonly (() => Tensor)[]

/**
 * Runs `forward` with `backward` as its gradient.
 *
 * Inputs that are frozen variables stay off the tape, so their gradients are never computed. Whatever `backward` uses
 * must come through `saved`: tensors of the forward pass are gone by then.
 */
export function customOp(
  tf: Tf,
  inputs: readonly Tensor[],
  forward: () => Forward,
  backward: (dy: Tensor, saved: readonly Tensor[]) => Gradients,
): Tensor {
  const live = inputs.map((input) => !isFrozen(input))
  if (!live.includes(true)) return tf.tidy(() => forward().value)
  const op = tf.customGrad((...values) => {
    const save = values.at(-1) as (tensors: Tensor[]) => void
    const { value, saved } = forward()
    save([...saved])
    return {
      value,
      gradFunc: (dy: Tensor, kept: Tensor[]) => {
        const gradients = backward(dy, kept)
        return gradients.filter((_, i) => live[i] === true).map((gradient) => gradient())
      },
    }
  })
  return op(...inputs.filter((_, i) => live[i] === true))
}

/** Sum over all rows of a matrix: [n,c] -> [c]. Without a gradient. */
export function sumRows(tf: Tf, matrix: Tensor): Tensor {
  if (hasKernel(tf, kernelNames.sumRows)) return tf.engine().runKernel<Tensor>(kernelNames.sumRows, { matrix })
  return tf.sum(matrix, 0)
}
