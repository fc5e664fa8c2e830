// Adam's update against the published formula in double precision, with clipping, decay and moments that are taken along.
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { adamMoments, sumOfSquares } from '../../src/tensors/adam.js'
import type { AdamMoments, AdamRule } from '../../src/tensors/adam-moments.js'
import { chooseBackend } from '../../src/tensors/backend.js'
import { tensorMemory } from '../../src/tensors/memory.js'
import type { Tf, Variable } from '../../src/tensors/tf.js'
import { testedBackends } from './backends.js'
import { distance, normals } from './compare.js'

const shape = [3, 5]
const size = 15
const rule: AdamRule = { beta1: 0.9, beta2: 0.999, eps: 1e-8, lr: 0.01, scale: 0.25, keep: 0.995 }
const gradientAt = (step: number) => normals(`gradient ${step}`, size)

/** Parameters after some steps, by the formula of the paper. */
function expected(steps: number, { beta1, beta2, eps, lr, scale, keep }: AdamRule): Float32Array {
  return normals('parameter', size).map((start, i) => {
    let [value, m, v] = [start, 0, 0]
    for (let step = 1; step <= steps; step++) {
      const g = (gradientAt(step)[i] ?? 0) * scale
      m = beta1 * m + (1 - beta1) * g
      v = beta2 * v + (1 - beta2) * g * g
      value = value * keep - (lr * (m / (1 - beta1 ** step))) / (Math.sqrt(v / (1 - beta2 ** step)) + eps)
    }
    return value
  })
}

describe.each(testedBackends)('on %s', (backend) => {
  let tf: Tf
  let before = 0
  beforeAll(async () => {
    tf = (await chooseBackend(backend)).tf
    before = tensorMemory(tf).tensors
  })
  afterEach(() => {
    expect(tensorMemory(tf).tensors).toBe(before)
  })

  const parameter = () => tf.tidy(() => tf.variable(tf.tensor(normals('parameter', size), shape)))
  async function step(moments: AdamMoments, variable: Variable, number: number, by = rule): Promise<void> {
    const gradient = tf.tensor(gradientAt(number), shape)
    await moments.update(variable, gradient, by)
    expect([...gradient.dataSync()]).toEqual([...gradientAt(number)])
    gradient.dispose()
  }

  test.each([
    ['as it comes', rule],
    ['without clipping and decay', { ...rule, scale: 1, keep: 1 }],
    ['with an eps that counts', { ...rule, eps: 0.05 }],
  ])('five steps %s', async (_, by) => {
    const [moments, variable] = [adamMoments(tf, shape), parameter()]
    for (let number = 1; number <= 5; number++) await step(moments, variable, number, by)
    expect(distance(variable.dataSync(), expected(5, by))).toBeLessThan(1e-6)
    variable.dispose()
    moments.dispose()
  })

  test('moments that were read go on as if they had stayed, to the bit', async () => {
    const [whole, variable] = [adamMoments(tf, shape), parameter()]
    for (const number of [1, 2]) await step(whole, variable, number)
    const { first, second, steps } = whole.values()
    const other = tf.tidy(() => tf.variable(variable.clone()))
    const resumed = adamMoments(tf, shape, { first: first.slice(), second: second.slice(), steps })
    await step(whole, variable, 3)
    await step(resumed, other, 3)
    expect([...other.dataSync()]).toEqual([...variable.dataSync()])
    expect(resumed.values()).toEqual(whole.values())
    tf.dispose([variable, other])
    whole.dispose()
    resumed.dispose()
  })

  test('a parameter that was given other values between two updates is updated from those', async () => {
    const [moments, variable] = [adamMoments(tf, shape), parameter()]
    await step(moments, variable, 1)
    tf.tidy(() => variable.assign(tf.fill(shape, 7)))
    await step(moments, variable, 2, { ...rule, lr: 0 })
    expect(distance(variable.dataSync(), new Float32Array(size).fill(7 * rule.keep))).toBeLessThan(1e-6)
    variable.dispose()
    moments.dispose()
  })

  test('the sum of squares over tensors; not a number when one value is none', async () => {
    const [a, b, bad] = [tf.tensor1d([3, -4]), tf.tensor2d([[12]]), tf.tensor1d([1, Number.NaN])]
    expect(await sumOfSquares(tf, [a, b])).toBeCloseTo(169, 4)
    expect(await sumOfSquares(tf, [])).toBe(0)
    expect(await sumOfSquares(tf, [a, bad])).toBeNaN()
    tf.dispose([a, b, bad])
  })
})
