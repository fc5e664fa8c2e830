// Several batches in one update, evaluation on held-out samples, early stop: as if in one piece, whatever interrupts it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BatchStream, LoaderState } from '../../src/loader/batch.js'
import { createOtter, type Otter } from '../../src/otter/model.js'
import { presetConfig } from '../../src/otter/presets.js'
import { type Trainable, trainableChoices } from '../../src/otter/trainable.js'
import { chooseBackend } from '../../src/tensors/backend.js'
import { tensorMemory } from '../../src/tensors/memory.js'
import type { Tf } from '../../src/tensors/tf.js'
import { checkpointSteps } from '../../src/train/checkpoint.js'
import { type TrainOptions, type TrainResult, train } from '../../src/train/loop.js'
import type { EvaluationMetrics } from '../../src/train/metrics.js'
import { namingSample, stream, vocabulary } from './world.js'

let tf: Tf
const dirs: string[] = []
beforeAll(async () => {
  tf = (await chooseBackend('wasm')).tf
})
afterAll(async () => {
  for (const dir of dirs) await rm(dir, { recursive: true, force: true })
})
const freshDir = async () => {
  const dir = await mkdtemp(join(tmpdir(), 'mimicit-accumulate-'))
  dirs.push(dir)
  return dir
}

const build = (trainable: Trainable = 'all'): Otter =>
  createOtter({ tf, config: presetConfig('tiny', vocabulary), seed: 3, trainable })
const batches = (size: number) => (state?: LoaderState) => stream((i) => namingSample(i, 'train'), size, state)

interface Run {
  readonly losses: number[]
  readonly evaluations: EvaluationMetrics[]
  readonly weights: number[]
  readonly result: TrainResult
}

async function run(options: Partial<TrainOptions>): Promise<Run> {
  const model = build()
  const losses: number[] = []
  const evaluations: EvaluationMetrics[] = []
  const result = await train({
    model,
    batches: batches(2),
    steps: 4,
    lr: 1e-3,
    ...options,
    onStep: async (metrics) => {
      losses.push(metrics.loss)
      await options.onStep?.(metrics)
    },
    onEvaluation: async (metrics) => {
      evaluations.push(metrics)
      await options.onEvaluation?.(metrics)
    },
  })
  const weights = [...model.parameters.values()].map((v) => (v.dataSync() as Float32Array).reduce((a, b) => a + b, 0))
  model.dispose()
  return { losses, evaluations, weights, result }
}

const near = (a: readonly number[], b: readonly number[], within: number) => {
  expect(a).toHaveLength(b.length)
  a.forEach((value, i) => {
    expect(Math.abs(value - (b[i] ?? Number.NaN))).toBeLessThan(within)
  })
}

describe('accumulation', () => {
  test.each(['token', 'sample'] as const)('two batches of two are one of four, per %s', async (lossPer) => {
    const whole = await run({ batches: batches(4), lossPer })
    const parts = await run({ batches: batches(2), accumulate: 2, lossPer })
    near(parts.losses, whole.losses, 2e-5)
    near(parts.weights, whole.weights, 2e-3)
    // It would not be so by chance.
    const other = await run({ batches: batches(2), accumulate: 2, lossPer: lossPer === 'token' ? 'sample' : 'token' })
    expect(Math.abs((other.losses[0] ?? 0) - (whole.losses[0] ?? 0))).toBeGreaterThan(1e-4)
  })

  test('stopped in the middle of an update, it makes that update anew', async () => {
    const whole = await run({ accumulate: 3 })
    const dir = await freshDir()
    const abort = new AbortController()
    const stopping = (state?: LoaderState): BatchStream => {
      const inner = batches(2)(state)
      let given = 0
      return {
        ...inner,
        async *[Symbol.asyncIterator]() {
          for await (const batch of inner) {
            if (++given === 5) abort.abort()
            yield batch
          }
        },
      }
    }
    const first = await run({ accumulate: 3, batches: stopping, signal: abort.signal, checkpoint: { dir } })
    expect([first.result.reason, first.result.step]).toEqual(['aborted', 1])
    const rest = await run({ accumulate: 3, checkpoint: { dir }, resume: true })
    expect([...first.losses, ...rest.losses]).toEqual(whole.losses)
    expect(rest.weights).toEqual(whole.weights)
  })

  test('data that end in the middle of an update give it what there is', async () => {
    const few = (state?: LoaderState): BatchStream => {
      const inner = batches(2)(state)
      return {
        ...inner,
        async *[Symbol.asyncIterator]() {
          let given = 0
          for await (const batch of inner) {
            yield batch
            if (++given === 5) return
          }
        },
      }
    }
    const { result, losses } = await run({ accumulate: 3, batches: few })
    expect([result.reason, losses.length]).toEqual(['data-ended', 2])
  })
})

describe('evaluation', () => {
  /** Held-out samples, the same every time. */
  const heldOut = (): BatchStream => {
    const inner = stream((i) => namingSample(i, 'test'), 2)
    return {
      ...inner,
      async *[Symbol.asyncIterator]() {
        let given = 0
        for await (const batch of inner) {
          yield batch
          if (++given === 2) return
        }
      },
    }
  }
  const every = (options: Partial<TrainOptions> = {}) =>
    ({ steps: 6, evaluation: { batches: heldOut, every: 2 }, ...options }) satisfies Partial<TrainOptions>

  test('changes nothing of the training, and keeps the best checkpoint beside the newest', async () => {
    const plain = await run({ steps: 6 })
    const dir = await freshDir()
    const before = tensorMemory(tf).tensors
    const evaluated = await run(every({ lr: 1e-3, checkpoint: { dir, every: 1, keep: 1 } }))
    expect(tensorMemory(tf).tensors).toBe(before)
    expect(evaluated.losses).toEqual(plain.losses)
    expect(evaluated.evaluations.map(({ step }) => step)).toEqual([2, 4, 6])
    const best = evaluated.evaluations.reduce((a, b) => (b.evalLoss < a.evalLoss ? b : a))
    expect(evaluated.result.best).toEqual({ step: best.step, loss: best.evalLoss })
    expect(await checkpointSteps(dir)).toEqual([...new Set([best.step, 6])].sort((a, b) => a - b))
  })

  test('a held-out loss that is no number names its samples, and does not become the best', async () => {
    const dir = await freshDir()
    const broken = (): BatchStream => {
      const inner = heldOut()
      return {
        ...inner,
        async *[Symbol.asyncIterator]() {
          for await (const batch of inner)
            yield { ...batch, pixelValues: new Float32Array(batch.pixelValues.length).fill(Number.NaN) }
        },
      }
    }
    await expect(
      run(every({ evaluation: { batches: broken, every: 2 }, checkpoint: { dir, every: 1 } })),
    ).rejects.toThrow(
      expect.objectContaining({ code: 'MIMICIT_NAN', message: expect.stringContaining('held-out samples test_0') }),
    )
    expect(await checkpointSteps(dir)).toEqual([1])
  })

  test('ends after so many evaluations without a better loss, resumed or not', async () => {
    // A rate that breaks the model: it soon gets worse and stays so.
    const options = () => every({ steps: 20, lr: 0.8, evaluation: { batches: heldOut, every: 2, patience: 2 } })
    const whole = await run(options())
    const end = (whole.result.best?.step ?? 0) + 2 * 2
    expect(end).toBeLessThan(20)
    expect([whole.result.reason, whole.result.step]).toEqual(['early-stopped', end])
    const dir = await freshDir()
    const abort = new AbortController()
    const first = await run({
      ...options(),
      checkpoint: { dir, every: 1 },
      signal: abort.signal,
      onStep: ({ step }) => {
        if (step === end - 1) abort.abort()
      },
    })
    expect([first.result.reason, first.result.step]).toEqual(['aborted', end - 1])
    const rest = await run({ ...options(), checkpoint: { dir, every: 1 }, resume: true })
    expect([rest.result.reason, rest.result.step]).toEqual(['early-stopped', end])
    expect([...first.losses, ...rest.losses]).toEqual(whole.losses)
    const again = await run({ ...options(), checkpoint: { dir, every: 1 }, resume: true })
    expect([again.result.reason, again.losses.length]).toEqual(['early-stopped', 0])
  })

  test('a signal in the middle of it ends the run, which does it after a resume', async () => {
    const whole = await run(every())
    const dir = await freshDir()
    const abort = new AbortController()
    const stopping = (): BatchStream => {
      const inner = heldOut()
      return {
        ...inner,
        async *[Symbol.asyncIterator]() {
          for await (const batch of inner) {
            yield batch
            abort.abort()
          }
        },
      }
    }
    const first = await run(
      every({ evaluation: { batches: stopping, every: 2 }, checkpoint: { dir }, signal: abort.signal }),
    )
    expect([first.result.reason, first.result.step, first.evaluations]).toEqual(['aborted', 2, []])
    const rest = await run(every({ checkpoint: { dir }, resume: true }))
    const numbers = (metrics: readonly EvaluationMetrics[]) => metrics.map(({ step, evalLoss }) => [step, evalLoss])
    expect(numbers(rest.evaluations)).toEqual(numbers(whole.evaluations))
    expect([...first.losses, ...rest.losses]).toEqual(whole.losses)
  })

  test.each([
    ['accumulate', { accumulate: 0 }],
    ['every', { evaluation: { batches: heldOut, every: 1.5 } }],
    ['patience', { evaluation: { batches: heldOut, every: 1, patience: 0 } }],
  ])('refuses %s out of range', async (name, options) => {
    await expect(run(options)).rejects.toMatchObject({
      code: 'MIMICIT_BAD_VALUE',
      message: expect.stringContaining(name),
    })
  })
})

test.each(trainableChoices)('trains %s, and nothing else', async (trainable) => {
  const model = build(trainable)
  const { embeddingKey } = model.decoder
  const before = new Map([...model.parameters].map(([name, v]) => [name, v.dataSync().slice()]))
  await train({ model, batches: batches(2), steps: 2, lr: 1e-2 })
  const moved = [...model.parameters].flatMap(([name, v]) => {
    const now = v.dataSync()
    return before.get(name)?.every((value, i) => value === now[i]) ? [] : [name]
  })
  const connector = (name: string) => name.startsWith('perceiver.') || name.includes('.gated_cross_attn_layer.')
  expect(moved.filter(connector).length).toBeGreaterThan(10)
  const others = moved.filter((name) => !connector(name))
  if (trainable === 'frozen-embeddings') expect(others).toEqual([])
  if (trainable === 'published') expect(others.sort()).toEqual([embeddingKey, model.decoder.headKey].sort())
  if (trainable === 'all') expect(others.some((name) => name.startsWith('vision_encoder.'))).toBe(true)
  if (trainable === 'added-rows') {
    expect(others).toEqual([embeddingKey])
    const width = model.decoder.config.hidden_size
    const now = model.parameters.get(embeddingKey)?.dataSync() ?? []
    const rows = new Set<number>()
    before.get(embeddingKey)?.forEach((value, i) => {
      if (value !== now[i]) rows.add(Math.floor(i / width))
    })
    const { image, answer, endOfChunk } = vocabulary.special
    expect([...rows].sort()).toEqual([endOfChunk, image, answer].sort())
  }
  model.dispose()
})
