// Axes in another order, on wasm: every value where the definition puts it.
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { chooseBackend } from '../../src/tensors/backend.js'
import type { Tf } from '../../src/tensors/tf.js'
import { planTranspose } from '../../src/tensors/wasm/transpose.js'

let tf: Tf
beforeAll(async () => {
  tf = (await chooseBackend('wasm')).tf
})

/** A shape of up to five axes and an order of them. */
const cases = fc
  .array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 5 })
  .chain((shape) => fc.tuple(fc.constant(shape), fc.shuffledSubarray([...shape.keys()], { minLength: shape.length })))

/** By the definition, one value after the other. */
function reference(values: ArrayLike<number>, shape: readonly number[], permutation: readonly number[]): number[] {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1))
  const turned = permutation.map((axis) => shape[axis] ?? 1)
  return Array.from({ length: values.length }, (_, index) => {
    let rest = index
    let from = 0
    for (let axis = turned.length - 1; axis >= 0; axis--) {
      const size = turned[axis] ?? 1
      from += (rest % size) * (strides[permutation[axis] ?? 0] ?? 1)
      rest = Math.floor(rest / size)
    }
    return values[from] ?? Number.NaN
  })
}

test.each(['float32', 'int32', 'bool'] as const)('%s of any shape, in any order', (dtype) => {
  fc.assert(
    fc.property(cases, ([shape, permutation]) => {
      // One byte a value is the shipped kernel's work, which divides by the sizes.
      fc.pre(dtype !== 'bool' || !shape.includes(0))
      const size = shape.reduce((a, b) => a * b, 1)
      const values = Array.from({ length: size }, (_, i) => (dtype === 'bool' ? (i * 7) % 2 : i))
      const result = tf.tidy(() => {
        const x = tf.tensor(values, shape, dtype)
        const before = [...x.dataSync()]
        const turned = tf.transpose(x, permutation)
        return { shape: turned.shape, values: [...turned.dataSync()], same: before.join() === [...x.dataSync()].join() }
      })
      expect(result).toEqual({
        shape: permutation.map((axis) => shape[axis]),
        values: reference(values, shape, permutation),
        same: true,
      })
    }),
    { numRuns: 300 },
  )
})

test('a matrix larger than a tile', () => {
  const [rows, columns] = [131, 77]
  const values = Float32Array.from({ length: rows * columns }, (_, i) => i)
  const turned = tf.tidy(() => tf.transpose(tf.tensor2d(values, [rows, columns])).dataSync())
  expect([...turned]).toEqual(reference(values, [rows, columns], [1, 0]))
})

test('axes that stay together are one, those of size 1 none', () => {
  expect(planTranspose([2, 3, 4, 5], [2, 3, 0, 1])).toEqual({ sizes: [20, 6], strides: [1, 20] })
  expect(planTranspose([7, 1, 9], [2, 1, 0])).toEqual({ sizes: [9, 7], strides: [1, 9] })
  expect(planTranspose([1, 8, 1, 3], [2, 1, 0, 3])).toEqual({ sizes: [24], strides: [1] })
})
