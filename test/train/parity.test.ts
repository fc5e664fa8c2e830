// Five AdamW steps against those of the original modules under PyTorch; bounds as they came with the numbers.
import { expect, test } from 'vitest'
import { chooseBackend } from '../../src/tensors/backend.js'
import { AdamW, globalNorm, publishedDecay, readGradients } from '../../src/train/adamw.js'
import { goldenBatch, goldenJson, goldenModel, goldenTensors } from '../otter/golden.js'

interface Checksum {
  readonly sum: number
  readonly abs_sum: number
}
interface GoldenTraining {
  readonly losses: number[]
  readonly grad_norms: number[]
  readonly loss_after_last_step: number
  readonly decayed: string[]
  readonly not_decayed: string[]
  readonly checksums_after_last_step: Readonly<Record<string, Checksum>>
}

const golden = goldenJson('train.json') as GoldenTraining

test('the decay rule selects the same tensors', () => {
  expect(golden.decayed.every(publishedDecay)).toBe(true)
  expect(golden.not_decayed.some(publishedDecay)).toBe(false)
})

test('losses, norms and sums of five steps', async () => {
  const { tf } = await chooseBackend('wasm')
  const model = goldenModel(tf)
  const batch = goldenBatch(goldenTensors('io.safetensors'))
  const optimizer = new AdamW({ weightDecay: 0.1, clipNorm: 1 })
  for (let step = 0; step < 5; step++) {
    const result = model.lossAndGradients(batch)
    const loss = result.loss.dataSync()[0] ?? Number.NaN
    result.loss.dispose()
    const gradients = await readGradients(result.gradients)
    const norm = globalNorm(gradients)
    expect(Math.abs(loss - (golden.losses[step] ?? 0))).toBeLessThan(1e-4)
    expect(Math.abs(norm / (golden.grad_norms[step] ?? 0) - 1)).toBeLessThan(5e-4)
    await optimizer.update(model, gradients, norm, 1e-3)
  }
  const after = tf.tidy(() => model.loss(batch).dataSync()[0] ?? Number.NaN)
  expect(Math.abs(after - golden.loss_after_last_step)).toBeLessThan(1e-4)
  const sums = Object.entries(golden.checksums_after_last_step)
  expect(sums.map(([name]) => name).sort()).toEqual([...model.trainableNames])
  for (const [name, { sum, abs_sum }] of sums) {
    const values = [...((model.parameters.get(name)?.dataSync() ?? []) as Float32Array)]
    expect(Math.abs(values.reduce((a, b) => a + b, 0) - sum), name).toBeLessThan(2e-3 + 2e-5 * abs_sum)
    const absolute = values.reduce((a, b) => a + Math.abs(b), 0)
    expect(Math.abs(absolute - abs_sum), name).toBeLessThan(1e-4 * abs_sum)
  }
  model.dispose()
})
