// Does the model look? Trained from nothing on drawn pictures it must answer about pictures it has never seen, and it must
// stop being right when each question gets the picture (or the contexts) of another sample.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Batch } from '../../src/loader/batch.js'
import { generate } from '../../src/otter/generate.js'
import { createOtter, type Otter } from '../../src/otter/model.js'
import { presetConfig } from '../../src/otter/presets.js'
import { chooseBackend } from '../../src/tensors/backend.js'
import { tensorMemory } from '../../src/tensors/memory.js'
import { train } from '../../src/train/loop.js'
import { accuracy } from '../train/accuracy.js'
import { layOut, namingSample, ruleSample, type Sample, stream, vocabulary } from '../train/world.js'

/** Trains `tiny` from nothing. */
async function learn(sample: (index: number) => Sample, batchSize: number, steps: number, lr: number): Promise<Otter> {
  const { tf } = await chooseBackend('wasm')
  const model = createOtter({ tf, config: presetConfig('tiny', vocabulary), seed: 1, trainable: 'all' })
  let tensors = 0
  await train({
    model,
    batches: stream(sample, batchSize),
    steps,
    lr,
    schedule: 'cosine',
    warmupSteps: 20,
    optimizer: { beta2: 0.95, weightDecay: 0.01 },
    onStep: ({ step }) => {
      const now = tensorMemory(tf).tensors
      if (step === 1) tensors = now
      if (now !== tensors) throw new Error(`step ${step} left ${now - tensors} tensors behind`)
    },
  })
  return model
}

const heldOut = (sample: (index: number, split: string) => Sample, count: number) =>
  Array.from({ length: count }, (_, i) => sample(i, 'unseen'))

describe('naming what a picture shows', () => {
  let model: Otter
  let samples: Sample[]
  let batch: Batch
  beforeAll(async () => {
    model = await learn((i) => namingSample(i, 'train'), 24, 130, 2e-3)
    samples = heldOut(namingSample, 120)
    batch = layOut(samples)
  }, 240_000)
  afterAll(() => model.dispose())

  test('at least 95 % of pictures never seen', () => {
    expect(accuracy(model, batch)).toBeGreaterThanOrEqual(0.95)
  })
  test('chance, when every question gets the picture of another', () => {
    const moved = samples.map(({ id, turns }, i) => ({
      id,
      turns: turns.map((turn) => ({
        ...turn,
        picture: samples[(i + 1) % samples.length]?.turns[0]?.picture ?? turn.picture,
      })),
    }))
    // Twelve classes: one in twelve agrees by luck.
    expect(accuracy(model, layOut(moved))).toBeLessThan(0.25)
  })
  test('generation says the same', async () => {
    const few = samples.slice(0, 12)
    const prompts = layOut(few)
    const cut = prompts.inputIds.indexOf(vocabulary.special.answer) + 1
    const rows = (values: Int32Array) =>
      Int32Array.from({ length: 12 * cut }, (_, i) => values[Math.floor(i / cut) * prompts.shape.L + (i % cut)] ?? 0)
    const input = {
      ...prompts,
      shape: { ...prompts.shape, L: cut },
      inputIds: rows(prompts.inputIds),
      attentionMask: rows(prompts.attentionMask),
    }
    const answers = await generate({ model, input })
    const texts = answers.map((ids) => new TextDecoder().decode(Uint8Array.from(ids)))
    const right = texts.filter((text, i) => text === few[i]?.turns[0]?.answer).length
    expect(right).toBeGreaterThanOrEqual(11)
  })
})

describe('a rule that only the contexts show', () => {
  let model: Otter
  let samples: Sample[]
  beforeAll(async () => {
    model = await learn((i) => ruleSample(i, 'train'), 12, 160, 2e-3)
    samples = heldOut(ruleSample, 96)
  }, 240_000)
  afterAll(() => model.dispose())

  test('at least 90 % of queries never seen', () => {
    expect(accuracy(model, layOut(samples))).toBeGreaterThanOrEqual(0.9)
  })
  test('nearly nothing, when every query gets the contexts of its neighbour, who has the other rule', () => {
    const moved = samples.map(({ id, turns }, i) => {
      const others = samples[i % 2 === 0 ? i + 1 : i - 1]?.turns ?? []
      return { id, turns: [...others.slice(0, -1), ...turns.slice(-1)] }
    })
    expect(accuracy(model, layOut(moved))).toBeLessThan(0.2)
  })
  test('little, when every query gets the picture of another sample of its rule', () => {
    const moved = samples.map(({ id, turns }, i) => {
      const other = samples[(i + 2) % samples.length]?.turns.at(-1)
      return {
        id,
        turns: turns.map((turn, t) =>
          t < turns.length - 1 ? turn : { ...turn, picture: other?.picture ?? turn.picture },
        ),
      }
    })
    expect(accuracy(model, layOut(moved))).toBeLessThan(0.5)
  })
})
