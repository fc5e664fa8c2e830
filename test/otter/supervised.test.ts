// Which labels count and how much: the rule against a plain reading of it, for any labels, packed or not.
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { goldenBatch } from '../../parity/folder.js'
import { supervised } from '../../src/otter/supervised.js'
import { chooseBackend } from '../../src/tensors/backend.js'
import type { Tf } from '../../src/tensors/tf.js'
import { goldenModel, llama } from './golden.js'

let tf: Tf
beforeAll(async () => {
  tf = (await chooseBackend('wasm')).tf
})

const rows = fc.integer({ min: 1, max: 7 }).chain((L) =>
  fc.array(
    fc.array(fc.record({ label: fc.option(fc.nat({ max: 9 })), sameSample: fc.boolean() }), {
      minLength: L,
      maxLength: L,
    }),
    { minLength: 1, maxLength: 4 },
  ),
)

test('every label is predicted by the token before it in its sample, and samples or labels count the same', () => {
  fc.assert(
    fc.property(rows, fc.boolean(), fc.constantFrom('token' as const, 'sample' as const), (given, packed, per) => {
      const B = given.length
      const L = given[0]?.length ?? 0
      const labels = Int32Array.from(given.flat(), ({ label }) => label ?? -100)
      let segment = 0
      const segmentIds = Int32Array.from(given.flat(), ({ sameSample }, i) => {
        segment = i % L === 0 ? 1 : segment + (sameSample ? 0 : 1)
        return segment
      })
      const wanted: { position: number; label: number; sample: string }[] = []
      for (let i = 0; i < B * L; i++) {
        const inside = i % L > 0 && (!packed || segmentIds[i] === segmentIds[i - 1])
        const sample = `${Math.floor(i / L)}/${packed ? segmentIds[i] : 0}`
        if (inside && labels[i] !== -100) wanted.push({ position: i - 1, label: labels[i] ?? 0, sample })
      }
      const found = supervised(
        {
          shape: { B, L, T: 0, F: 1, H: 1, W: 1 },
          labels,
          ...(packed && { segmentIds }),
          inputIds: labels,
          attentionMask: labels,
          pixelValues: new Uint8Array(0),
          mediaMask: new Uint8Array(0),
        },
        per,
      )
      expect([...found.positions]).toEqual(wanted.map(({ position }) => position))
      expect([...found.labels]).toEqual(wanted.map(({ label }) => label))
      const samples = [...new Set(wanted.map(({ sample }) => sample))]
      expect(found.units).toBe(per === 'token' ? wanted.length : samples.length)
      for (const sample of samples) {
        const own = [...found.weights].filter((_, i) => wanted[i]?.sample === sample)
        const share = per === 'token' ? own.length / wanted.length : 1 / samples.length
        expect(own.reduce((a, b) => a + b, 0)).toBeCloseTo(share, 5)
        expect(new Set(own).size).toBe(1)
      }
    }),
  )
})

test('the loss of samples is the mean of their own losses', () => {
  const model = goldenModel(tf)
  const batch = goldenBatch(llama.io)
  const { B, L } = batch.shape
  const value = (labels: Int32Array, per?: 'token' | 'sample') => {
    const loss = model.loss({ ...batch, labels }, per)
    const number = loss.dataSync()[0] ?? Number.NaN
    loss.dispose()
    return number
  }
  const alone = Array.from({ length: B }, (_, row) =>
    value(batch.labels.map((label, i) => (Math.floor(i / L) === row ? label : -100))),
  )
  expect(value(batch.labels, 'sample')).toBeCloseTo(alone.reduce((a, b) => a + b) / B, 5)
  expect(value(batch.labels, 'sample')).not.toBeCloseTo(value(batch.labels), 3)
  model.dispose()
})
