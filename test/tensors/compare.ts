// Helpers of the tensor tests: seeded arrays, distances, and gradients three ways.
export { distance } from '../../parity/checks.js'

import { randomStream } from '../../src/base/random.js'
import type { Tensor, Tf } from '../../src/tensors/tf.js'

/** Seeded normal numbers. */
export function normals(key: string, size: number): Float32Array {
  const stream = randomStream('tensor-test', key)
  return Float32Array.from({ length: size }, () => stream.normal())
}

/** A seeded normal tensor. */
export function normal(tf: Tf, key: string, shape: number[]): Tensor {
  return tf.tensor(
    normals(
      key,
      shape.reduce((a, b) => a * b, 1),
    ),
    shape,
  )
}

/** Gradients of sum(f(inputs) * weights) with fixed random weights, as arrays. */
export function gradientsOf(tf: Tf, f: (...x: Tensor[]) => Tensor, inputs: readonly Tensor[]): Float32Array[] {
  return tf.tidy(() => {
    const scalar = (...x: Tensor[]) => {
      const y = f(...x)
      return tf.sum(tf.mul(y, normal(tf, 'weights', y.shape)))
    }
    return tf
      .grads(scalar as never)([...inputs])
      .map((g) => g.dataSync() as Float32Array)
  })
}

/** Central differences of the same scalar at a few entries of every input: [analytic, numeric] pairs. */
export function differences(
  tf: Tf,
  f: (...x: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  entries = 4,
): (readonly [number, number])[] {
  const exact = gradientsOf(tf, f, inputs)
  const step = 1e-2
  const at = (which: number, entry: number, delta: number) =>
    tf.tidy(() => {
      const moved = inputs.map((x, i) => {
        const values = Float32Array.from(x.dataSync())
        if (i === which) values[entry] = (values[entry] ?? 0) + delta
        return tf.tensor(values, x.shape)
      })
      const y = f(...moved)
      const values = y.dataSync() as Float32Array
      const weights = normals('weights', values.length)
      return values.reduce((sum, v, i) => sum + v * (weights[i] ?? 0), 0)
    })
  return inputs.flatMap((x, which) =>
    Array.from({ length: Math.min(entries, x.size) }, (_, i) => {
      const entry = (i * 7919) % x.size
      return [
        exact[which]?.[entry] ?? Number.NaN,
        (at(which, entry, step) - at(which, entry, -step)) / (2 * step),
      ] as const
    }),
  )
}
