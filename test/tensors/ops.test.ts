// Our operations against the same formula in stock tfjs (values and gradients) and against central differences.
import { beforeAll, describe, expect, test } from 'vitest'
import { gelu, quickGelu, silu } from '../../src/tensors/activations.js'
import { attention, maskedScore } from '../../src/tensors/attention.js'
import { chooseBackend } from '../../src/tensors/backend.js'
import { batchMatMul } from '../../src/tensors/batch-mat-mul.js'
import { crossEntropy } from '../../src/tensors/cross-entropy.js'
import { linear } from '../../src/tensors/linear.js'
import { tensorMemory } from '../../src/tensors/memory.js'
import { layerNorm, rmsNorm } from '../../src/tensors/norm.js'
import { rotary, rotaryTables } from '../../src/tensors/rotary.js'
import { gatherRows } from '../../src/tensors/rows.js'
import type { Tensor, Tf } from '../../src/tensors/tf.js'
import { testedBackends } from './backends.js'
import { differences, distance, gradientsOf, normal } from './compare.js'

type Op = (tf: Tf, ...x: Tensor[]) => Tensor
interface Case {
  readonly name: string
  readonly shapes: number[][]
  readonly ours: Op
  readonly stock: Op
}

const labels = Int32Array.of(3, -100, 0, 6, -100)
const causal = (tf: Tf, n: number) =>
  tf.tensor4d(
    Array.from({ length: n * n }, (_, i) => (i % n > Math.floor(i / n) ? maskedScore : 0)),
    [1, 1, n, n],
  )
const mean = (tf: Tf, x: Tensor) => tf.mean(x, -1, true)

const cases: readonly Case[] = [
  {
    name: 'linear with bias',
    shapes: [[2, 5, 6], [4, 6], [4]],
    ours: (tf, x, w, b) => linear(tf, x as Tensor, w as Tensor, b),
    stock: (tf, x, w, b) =>
      tf.add(tf.reshape(tf.matMul(tf.reshape(x as Tensor, [10, 6]), w as Tensor, false, true), [2, 5, 4]), b as Tensor),
  },
  {
    name: 'batched product',
    shapes: [
      [6, 5, 3],
      [6, 3, 7],
    ],
    ours: (tf, a, b) => batchMatMul(tf, a as Tensor, b as Tensor),
    stock: (tf, a, b) => tf.matMul(a as Tensor, b as Tensor),
  },
  {
    name: 'layer norm',
    shapes: [[3, 4, 8], [8], [8]],
    ours: (tf, x, w, b) => layerNorm(tf, x as Tensor, w as Tensor, b as Tensor, 1e-5),
    stock: (tf, x, w, b) => {
      const c = tf.sub(x as Tensor, mean(tf, x as Tensor))
      const unit = tf.div(c, tf.sqrt(tf.add(mean(tf, tf.square(c)), 1e-5)))
      return tf.add(tf.mul(unit, w as Tensor), b as Tensor)
    },
  },
  {
    name: 'RMS norm',
    shapes: [[3, 4, 8], [8]],
    ours: (tf, x, w) => rmsNorm(tf, x as Tensor, w as Tensor, 1e-6),
    stock: (tf, x, w) =>
      tf.mul(tf.div(x as Tensor, tf.sqrt(tf.add(mean(tf, tf.square(x as Tensor)), 1e-6))), w as Tensor),
  },
  {
    name: 'GELU',
    shapes: [[40, 3]],
    ours: (tf, x) => gelu(tf, tf.mul(x as Tensor, 2)),
    stock: (tf, x) => {
      const y = tf.mul(x as Tensor, 2)
      return tf.mul(tf.mul(y, 0.5), tf.add(tf.erf(tf.mul(y, Math.SQRT1_2)), 1))
    },
  },
  {
    name: 'quick-GELU',
    shapes: [[40, 3]],
    ours: (tf, x) => quickGelu(tf, x as Tensor),
    stock: (tf, x) => tf.mul(x as Tensor, tf.sigmoid(tf.mul(x as Tensor, 1.702))),
  },
  {
    name: 'SiLU',
    shapes: [[40, 3]],
    ours: (tf, x) => silu(tf, x as Tensor),
    stock: (tf, x) => tf.mul(x as Tensor, tf.sigmoid(x as Tensor)),
  },
  {
    name: 'cross-entropy with ignored labels',
    shapes: [[5, 7]],
    ours: (tf, x) => crossEntropy(tf, x as Tensor, labels),
    stock: (tf, x) => {
      const hot = tf.cast(tf.oneHot(tf.tensor1d([3, 0, 0, 6, 0], 'int32'), 7), 'float32')
      const rows = tf.neg(tf.sum(tf.mul(tf.logSoftmax(x as never), hot), -1))
      return tf.sum(tf.mul(rows, tf.tensor1d([1 / 3, 0, 1 / 3, 1 / 3, 0])))
    },
  },
  {
    name: 'rows of a table',
    shapes: [[6, 4]],
    ours: (tf, x) => gatherRows(tf, x as Tensor, tf.tensor1d([5, 0, 5, 2], 'int32')),
    stock: (tf, x) => tf.matMul(tf.cast(tf.oneHot(tf.tensor1d([5, 0, 5, 2], 'int32'), 6), 'float32'), x as Tensor),
  },
  {
    name: 'causal attention',
    shapes: [
      [2, 3, 5, 4],
      [2, 3, 5, 4],
      [2, 3, 5, 4],
    ],
    ours: (tf, q, k, v) => attention(tf, q as Tensor, k as Tensor, v as Tensor, 0.5, { scores: causal(tf, 5) }),
    stock: (tf, q, k, v) =>
      tf.matMul(
        tf.softmax(tf.add(tf.mul(tf.matMul(q as Tensor, k as Tensor, false, true), 0.5), causal(tf, 5))),
        v as Tensor,
      ),
  },
  {
    name: 'rotary embedding',
    shapes: [[2, 3, 4, 6]],
    ours: (tf, x) => rotary(tf, x as Tensor, rotaryTables(tf, [0, 1, 2, 3, 2, 3, 4, 5], 2, 6, 100)),
    stock: (tf, x) => {
      // Angles position / 100^(2i/6) for the i-th pair.
      const places = [0, 1, 2, 3, 2, 3, 4, 5]
      const angles = places.flatMap((place) => [0, 1, 2, 0, 1, 2].map((i) => place * 100 ** (-i / 3)))
      const [cos, sin] = [Math.cos, Math.sin].map((f) => tf.tensor4d(angles.map(f), [2, 1, 4, 6])) as [Tensor, Tensor]
      const [a, b] = tf.split(x as Tensor, 2, -1) as [Tensor, Tensor]
      return tf.add(tf.mul(x as Tensor, cos), tf.mul(tf.concat([tf.neg(b), a], -1), sin))
    },
  },
]

describe.each(testedBackends)('on %s', (backend) => {
  let tf: Tf
  beforeAll(async () => {
    tf = (await chooseBackend(backend)).tf
  })

  test.each(cases)('$name: values and gradients as stock tfjs', ({ name, shapes, ours, stock }) => {
    const before = tensorMemory(tf).tensors
    const inputs = shapes.map((shape, i) => normal(tf, `${name}${i}`, shape))
    const value = tf.tidy(() => ours(tf, ...inputs).dataSync())
    expect(
      distance(
        value,
        tf.tidy(() => stock(tf, ...inputs).dataSync()),
      ),
    ).toBeLessThan(2e-6)
    const mine = gradientsOf(tf, (...x) => ours(tf, ...x), inputs)
    tf.dispose(inputs)
    expect(tensorMemory(tf).tensors).toBe(before)
    const fresh = shapes.map((shape, i) => normal(tf, `${name}${i}`, shape))
    const theirs = gradientsOf(tf, (...x) => stock(tf, ...x), fresh)
    tf.dispose(fresh)
    mine.forEach((gradient, i) => {
      expect(distance(gradient, theirs[i] ?? [])).toBeLessThan(5e-6)
    })
  })

  test.each(cases)('$name: gradients as central differences', ({ name, shapes, ours }) => {
    const inputs = shapes.map((shape, i) => normal(tf, `${name}${i}`, shape))
    for (const [exact, numeric] of differences(tf, (...x) => ours(tf, ...x), inputs))
      expect(Math.abs(exact - numeric)).toBeLessThan(2e-3 * Math.max(1, Math.abs(exact)))
    tf.dispose(inputs)
  })

  test('a query without any key is zero and sends nothing back', () => {
    const [q, k, v] = ['q', 'k', 'v'].map((key) => normal(tf, key, [1, 1, 3, 4])) as [Tensor, Tensor, Tensor]
    const alive = tf.tensor4d([0, 1, 1], [1, 1, 3, 1])
    const scores = tf.fill([1, 1, 3, 3], 0)
    const run = (a: Tensor, b: Tensor, c: Tensor) => attention(tf, a, b, c, 1, { scores, alive })
    expect([...tf.tidy(() => run(q, k, v).dataSync().slice(0, 4))]).toEqual([0, 0, 0, 0])
    const [dq] = gradientsOf(tf, run, [q, k, v])
    expect([...(dq?.slice(0, 4) ?? [])].map(Math.abs)).toEqual([0, 0, 0, 0])
    expect(Math.max(...(dq?.slice(4) ?? []).map(Math.abs))).toBeGreaterThan(1e-3)
    tf.dispose([q, k, v, alive, scores])
  })

  test('a masked key has no influence, whatever it holds', () => {
    const [q, k, v] = ['q', 'k', 'v'].map((key) => normal(tf, key, [1, 2, 3, 4])) as [Tensor, Tensor, Tensor]
    const scores = tf.tensor4d([0, 0, maskedScore], [1, 1, 1, 3])
    const noise = tf.tensor4d(
      [...Array(24).keys()].map((i) => (Math.floor(i / 4) % 3 === 2 ? 1e4 : 0)),
      [1, 2, 3, 4],
    )
    const plain = tf.tidy(() => attention(tf, q, k, v, 1, { scores }).dataSync())
    const noisy = tf.tidy(() => attention(tf, q, tf.add(k, noise), tf.add(v, noise), 1, { scores }).dataSync())
    expect([...noisy]).toEqual([...plain])
    tf.dispose([q, k, v, scores, noise])
  })

  test('batches of thousands of lengths', () => {
    const before = tensorMemory(tf).tensors
    for (let length = 1; length <= 2100; length++) {
      const folded = tf.tidy(() => tf.reshape(tf.ones([length]), [1, length, 1]))
      expect(folded.shape).toEqual([1, length, 1])
      folded.dispose()
    }
    const x = normal(tf, 'late', [1, 1, 2, 4])
    const turned = tf.tidy(() => tf.transpose(tf.reshape(rotary(tf, x, rotaryTables(tf, [0, 0], 1, 4, 100)), [4, 2])))
    // Position 0 is turned by nothing.
    const values = [...x.dataSync()]
    expect([...turned.dataSync()]).toEqual([0, 1].flatMap((row) => values.filter((_, i) => i % 2 === row)))
    tf.dispose([x, turned])
    expect(tensorMemory(tf).tensors).toBe(before)
  })

  test('a label outside the vocabulary is refused', () => {
    const logits = tf.zeros([2, 4])
    expect(() => crossEntropy(tf, logits, Int32Array.of(4, 0))).toThrow(
      expect.objectContaining({ code: 'MIMICIT_BAD_VALUE' }),
    )
    expect(tf.tidy(() => crossEntropy(tf, logits, Int32Array.of(-100, -100)).dataSync()[0])).toBe(0)
    logits.dispose()
  })
})
