// The model against numbers of the original OpenFlamingo modules. The bounds are those that came with the numbers; who
// changes them says why.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Batch } from '../../src/loader/batch.js'
import type { Otter, OtterOutput } from '../../src/otter/model.js'
import type { StateDict } from '../../src/otter/safetensors.js'
import { textTime } from '../../src/otter/text-time.js'
import { chooseBackend } from '../../src/tensors/backend.js'
import type { Tensor, Tf } from '../../src/tensors/tf.js'
import { distance } from '../tensors/compare.js'
import { golden, goldenBatch, goldenModel, goldenTensors } from './golden.js'

let tf: Tf
let model: Otter
let batch: Batch
let io: StateDict

beforeAll(async () => {
  tf = (await chooseBackend('wasm')).tf
  model = goldenModel(tf)
  io = goldenTensors('io.safetensors')
  batch = goldenBatch(io)
})
afterAll(() => model.dispose())

/** Largest difference at real positions. */
function realDistance(actual: Float32Array, expected: Float32Array): number {
  const width = actual.length / batch.attentionMask.length
  const keep = (values: Float32Array) => values.filter((_, i) => batch.attentionMask[Math.floor(i / width)] === 1)
  return distance(keep(actual), keep(expected))
}

describe('forward', () => {
  let output: OtterOutput
  beforeAll(() => {
    output = model.forward(batch)
  })
  const values = (tensor: Tensor | undefined) => tensor?.dataSync() as Float32Array

  test('image numbers', () => {
    expect([...textTime(batch.inputIds, batch.shape.B, model.config)]).toEqual([...golden(io, 'text_time')])
  })
  test('visual tokens and latents', () => {
    expect(distance(values(output.visualTokens), golden(io, 'visual_tokens'))).toBeLessThan(5e-5)
    expect(distance(values(output.latents), golden(io, 'perceiver_out'))).toBeLessThan(5e-5)
  })
  test.each([0, 1, 2, 3, 4])('hidden states %i', (i) => {
    expect(realDistance(values(output.hidden[i]), golden(io, `hidden.${i}`))).toBeLessThan(5e-5)
  })
  test('logits and loss', () => {
    expect(realDistance(values(output.logits), golden(io, 'logits'))).toBeLessThan(5e-5)
    const loss = tf.tidy(() => model.loss(batch).dataSync()[0] ?? Number.NaN)
    expect(Math.abs(loss - (golden(io, 'loss')[0] ?? 0))).toBeLessThan(2e-5)
  })
})

describe('gradients', () => {
  test('every trainable tensor, and their norm', () => {
    const { loss, gradients } = model.lossAndGradients(batch)
    const norm = (values: ArrayLike<number>) => Math.sqrt(Array.from(values).reduce((sum, v) => sum + v * v, 0))
    const total = golden(io, 'grad_norm')[0] ?? 0
    const names = [...io.keys()].filter((key) => key.startsWith('grad.')).map((key) => key.slice(5))
    expect([...gradients.keys()].sort()).toEqual(names.sort())
    const norms: number[] = []
    for (const [name, gradient] of gradients) {
      const expected = golden(io, `grad.${name}`)
      const actual = gradient.dataSync() as Float32Array
      const gap = norm(actual.map((v, i) => v - (expected[i] ?? Number.NaN)))
      expect(gap, name).toBeLessThan(1e-3 * norm(expected) + 1e-6 * total)
      norms.push(norm(actual))
    }
    expect(Math.abs(norm(norms) - total) / total).toBeLessThan(1e-5)
    tf.dispose([loss, ...gradients.values()])
  })

  test('rows of the embedding that no real token names get exactly nothing', () => {
    const { loss, gradients } = model.lossAndGradients(batch)
    const name = model.decoder.embeddingKey
    const values = gradients.get(name)?.dataSync() as Float32Array
    const used = new Set([...batch.inputIds].filter((_, i) => batch.attentionMask[i] === 1))
    const width = model.decoder.config.hidden_size
    const touched = (row: number) => values.subarray(row * width, (row + 1) * width).some((v) => v !== 0)
    for (let row = 0; row < model.decoder.config.vocab_size; row++) if (!used.has(row)) expect(touched(row)).toBe(false)
    expect([...used].filter(touched).length).toBeGreaterThan(used.size / 2)
    tf.dispose([loss, ...gradients.values()])
  })
})
