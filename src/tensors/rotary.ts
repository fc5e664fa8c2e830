// Rotary position embedding in the rotate-half form: the first and the second half of a head's width are the two
// coordinates of its rotations.
import { customOp } from './custom-op.js'
import { hasKernel, kernelNames } from './kernels.js'
import { matrixShape, type Tensor, type Tf } from './tf.js'

/** Tables for `rotary`. */
export interface RotaryTables {
  /** [.., L, d], broadcast against the heads. */
  readonly cos: Tensor
  /** Negative in the first half where there is no `turn`. */
  readonly sin: Tensor
  /** [d,d]: x -> (-x_second_half, x_first_half). Absent where the backend swaps the halves by itself. */
  readonly turn?: Tensor
}

/**
 * Tables for positions that may differ from row to row.
 *
 * @param positions B*L positions, row-major.
 * @param width Width of a head, even.
 * @param theta Base of the frequencies, 10000 in LLaMA.
 * @param rotated How much of a head is turned, from its start, even; the rest stays as it is (GPT-NeoX). @default width
 * @returns cos and sin of shape [B,1,L,width]
 */
export function rotaryTables(
  tf: Tf,
  positions: ArrayLike<number>,
  rows: number,
  width: number,
  theta: number,
  rotated = width,
): RotaryTables {
  const half = rotated / 2
  const length = positions.length / rows
  const cos = new Float32Array(positions.length * width).fill(1)
  const sin = new Float32Array(positions.length * width)
  const frequencies = Array.from({ length: half }, (_, i) => Math.fround(theta ** ((-2 * i) / rotated)))
  for (let p = 0; p < positions.length; p++)
    for (let i = 0; i < rotated; i++) {
      const angle = Math.fround((positions[p] ?? 0) * (frequencies[i % half] ?? 0))
      cos[p * width + i] = Math.cos(angle)
      sin[p * width + i] = Math.sin(angle)
    }
  if (rotated === width && hasKernel(tf, kernelNames.swapHalves)) {
    for (let i = 0; i < sin.length; i++) if (i % width < half) sin[i] = -(sin[i] ?? 0)
    return { cos: tf.tensor4d(cos, [rows, 1, length, width]), sin: tf.tensor4d(sin, [rows, 1, length, width]) }
  }
  const turn = new Float32Array(width * width)
  for (let i = 0; i < half; i++) {
    turn[(half + i) * width + i] = -1
    turn[i * width + half + i] = 1
  }
  return {
    cos: tf.tensor4d(cos, [rows, 1, length, width]),
    sin: tf.tensor4d(sin, [rows, 1, length, width]),
    turn: tf.tensor2d(turn, [width, width]),
  }
}

/** Turns x [B,H,L,d] by the angles of its positions. */
export function rotary(tf: Tf, x: Tensor, { cos, sin, turn }: RotaryTables): Tensor {
  if (turn === undefined) {
    const swapped = (values: Tensor) => tf.engine().runKernel<Tensor>(kernelNames.swapHalves, { x: values })
    return customOp(
      tf,
      [x],
      () => ({ value: tf.add(tf.mul(x, cos), tf.mul(swapped(x), sin)), saved: [cos, sin] }),
      (dy, saved) => {
        const [savedCos, savedSin] = saved as [Tensor, Tensor]
        return [() => tf.add(tf.mul(dy, savedCos), swapped(tf.mul(dy, savedSin)))]
      },
    )
  }
  // The half swap as a product with a signed permutation: slices and concatenations cost ten times as much on wasm.
  const product = (values: Tensor, matrix: Tensor) => {
    const [rows, width] = matrixShape(values)
    return tf.reshape(tf.matMul(tf.reshape(values, [rows, width]), matrix as never), values.shape)
  }
  return customOp(
    tf,
    [x],
    () => ({ value: tf.add(tf.mul(x, cos), tf.mul(product(x, turn), sin)), saved: [cos, sin, turn] }),
    (dy, saved) => {
      const [savedCos, savedSin, savedTurn] = saved as [Tensor, Tensor, Tensor]
      const turned = () => product(tf.mul(dy, savedSin), tf.transpose(savedTurn))
      return [() => tf.add(tf.mul(dy, savedCos), turned())]
    },
  )
}
