// Checkpoints and the loop: what is resumed is what would have been, and nothing that goes wrong costs a checkpoint.
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Batch, BatchStream, LoaderState } from '../../src/loader/batch.js'
import { createOtter, type Otter } from '../../src/otter/model.js'
import { presetConfig } from '../../src/otter/presets.js'
import type { Trainable } from '../../src/otter/trainable.js'
import { chooseBackend } from '../../src/tensors/backend.js'
import { tensorMemory } from '../../src/tensors/memory.js'
import type { Tf } from '../../src/tensors/tf.js'
import { checkpointSteps, latestCheckpoint, readTrainState } from '../../src/train/checkpoint.js'
import { type TrainOptions, train } from '../../src/train/loop.js'
import type { StepMetrics } from '../../src/train/metrics.js'
import { namingSample, stream, vocabulary } from './world.js'

let tf: Tf
const dirs: string[] = []
const freshDir = async () => {
  const dir = await mkdtemp(join(tmpdir(), 'mimicit-train-'))
  dirs.push(dir)
  return dir
}
beforeAll(async () => {
  tf = (await chooseBackend('wasm')).tf
})
afterAll(async () => {
  for (const dir of dirs) await rm(dir, { recursive: true, force: true })
})

const build = (trainable: Trainable = 'all', seed = 3): Otter =>
  createOtter({ tf, config: presetConfig('tiny', vocabulary), seed, trainable })
const batches = (state?: LoaderState): BatchStream => stream((i) => namingSample(i, 'train'), 2, state)

/** A stream whose batches are changed on the way. */
function changed(change: (batch: Batch) => Batch): BatchStream {
  const inner = batches()
  return {
    ...inner,
    async *[Symbol.asyncIterator]() {
      for await (const batch of inner) yield change(batch)
    },
  }
}

interface Run {
  readonly losses: number[]
  readonly weights: number[]
}

/** Trains and returns losses and a fingerprint of the weights. */
async function run(model: Otter, options: Partial<TrainOptions>): Promise<Run> {
  const losses: number[] = []
  await train({
    model,
    batches,
    steps: 6,
    lr: 1e-3,
    schedule: 'cosine',
    warmupSteps: 2,
    ...options,
    onStep: async (metrics) => {
      losses.push(metrics.loss)
      await options.onStep?.(metrics)
    },
  })
  const weights = [...model.parameters.values()].map((v) => (v.dataSync() as Float32Array).reduce((a, b) => a + b, 0))
  model.dispose()
  return { losses, weights }
}

describe('resume', () => {
  let whole: Run
  beforeAll(async () => {
    whole = await run(build(), {})
  })

  test.each([1, 3, 5])('after %i of 6 steps: the same losses and weights to the bit', async (k) => {
    const dir = await freshDir()
    const stop = new AbortController()
    const first = await run(build(), {
      checkpoint: { dir, every: 100 },
      signal: stop.signal,
      onStep: ({ step }) => {
        if (step === k) stop.abort()
      },
    })
    expect(first.losses).toEqual(whole.losses.slice(0, k))
    expect(await checkpointSteps(dir)).toEqual([k])
    // Another seed: what counts must come from the checkpoint.
    const second = await run(build('all', 99), { checkpoint: { dir }, resume: true })
    expect(second.losses).toEqual(whole.losses.slice(k))
    expect(second.weights).toEqual(whole.weights)
  })

  test('with trained parameters only in the file, over the same base', async () => {
    const dir = await freshDir()
    const straight = await run(build('published'), { steps: 4 })
    await run(build('published'), { steps: 4, checkpoint: { dir, every: 2, keep: 9 } })
    expect(await checkpointSteps(dir)).toEqual([2, 4])
    const second = await run(build('published'), { steps: 4, checkpoint: { dir }, resume: join(dir, 'step-000002') })
    expect(second.losses).toEqual(straight.losses.slice(2))
    expect(second.weights).toEqual(straight.weights)
  })

  test('refuses batches that stand elsewhere, another model, another choice of parameters', async () => {
    const dir = await freshDir()
    await run(build(), { steps: 2, checkpoint: { dir } })
    const mismatch = expect.objectContaining({ code: 'MIMICIT_RESUME_MISMATCH' })
    const options = { steps: 4, lr: 1e-3, checkpoint: { dir }, resume: true } as const
    const same = build()
    await expect(train({ ...options, model: same, batches: batches() })).rejects.toThrow(mismatch)
    const published = build('published')
    await expect(train({ ...options, model: published, batches })).rejects.toThrow(mismatch)
    const config = presetConfig('tiny', vocabulary)
    const other = createOtter({ tf, config: { ...config, cross_attn_every_n_layers: 2 }, trainable: 'all' })
    await expect(train({ ...options, model: other, batches })).rejects.toThrow(mismatch)
    for (const model of [same, published, other]) model.dispose()
  })
})

describe('checkpoints', () => {
  test('only the newest are kept, none is half, and the state says where it stands', async () => {
    const dir = await freshDir()
    await run(build(), { steps: 5, checkpoint: { dir, every: 1, keep: 2 } })
    expect((await readdir(dir)).sort()).toEqual(['step-000004', 'step-000005'])
    const latest = (await latestCheckpoint(dir)) ?? ''
    expect((await readdir(latest)).sort()).toEqual(['model.safetensors', 'optimizer.safetensors', 'state.json'])
    const state = await readTrainState(latest)
    expect(state).toMatchObject({ v: 1, step: 5, trainable: 'all', loader: { step: 5, seen: 10 } })
    expect(await latestCheckpoint(join(dir, 'absent'))).toBeUndefined()
  })

  test.each(['model.safetensors', 'optimizer.safetensors', 'state.json'])('a cut %s is refused', async (name) => {
    const dir = await freshDir()
    await run(build(), { steps: 1, checkpoint: { dir } })
    const path = join(dir, 'step-000001', name)
    await truncate(path, Math.floor((await readFile(path)).length / 2))
    const model = build()
    await expect(train({ model, batches, steps: 2, checkpoint: { dir }, resume: true })).rejects.toThrow(
      expect.objectContaining({ code: 'MIMICIT_BAD_CHECKPOINT' }),
    )
    model.dispose()
  })

  test('moments of another model are refused', async () => {
    const dir = await freshDir()
    await run(build(), { steps: 1, checkpoint: { dir } })
    const path = join(dir, 'step-000001', 'optimizer.safetensors')
    const bytes = await readFile(path)
    await writeFile(path, bytes.toString('latin1').replaceAll('perceiver.latents.', 'perceiver.latentz.'), 'latin1')
    const model = build()
    await expect(train({ model, batches, steps: 2, checkpoint: { dir }, resume: true })).rejects.toThrow(
      expect.objectContaining({ code: 'MIMICIT_BAD_CHECKPOINT' }),
    )
    model.dispose()
  })
})

describe('the loop', () => {
  test('reports every step, leaves no tensor behind, closes its batches', async () => {
    const model = build()
    const seen: StepMetrics[] = []
    const counts: number[] = []
    let closed = 0
    const inner = batches()
    const open = { ...inner, close: async () => void closed++ }
    const result = await train({
      model,
      batches: open,
      steps: 5,
      lr: 1e-3,
      warmupSteps: 2,
      schedule: 'linear',
      onStep: (metrics) => {
        seen.push(metrics)
        counts.push(tensorMemory(tf).tensors)
      },
    })
    expect(result).toMatchObject({ reason: 'finished', step: 5, loss: seen[4]?.loss })
    expect(seen.map((m) => m.step)).toEqual([1, 2, 3, 4, 5])
    expect(seen.map((m) => m.lr)).toEqual([0.0005, 0.001, 0.001, 0.001 * (1 - 1 / 3), 0.001 * (1 - 2 / 3)])
    expect(seen.every((m) => m.tokens > 0 && m.gradNorm > 0 && m.stepMs > 0 && m.dataWaitMs >= 0)).toBe(true)
    expect(new Set(counts).size).toBe(1)
    expect(closed).toBe(1)
    model.dispose()
  })

  test('one batch again and again is learned by heart', async () => {
    const model = build()
    let first: Batch | undefined
    const result = await train({
      model,
      batches: changed((batch) => {
        first ??= batch
        return first
      }),
      steps: 40,
      lr: 3e-3,
      warmupSteps: 5,
    })
    expect(result.loss).toBeLessThan(0.1)
    model.dispose()
  })

  test('a loss that is no number names the samples, changes nothing and keeps the checkpoint', async () => {
    const dir = await freshDir()
    const model = build()
    const bad = (batch: Batch): Batch =>
      batch.step < 3 ? batch : { ...batch, pixelValues: new Float32Array(batch.pixelValues.length).fill(Number.NaN) }
    let before: Float32Array | undefined
    await expect(
      train({
        model,
        batches: changed(bad),
        steps: 9,
        checkpoint: { dir, every: 2 },
        onStep: ({ step }) => {
          if (step === 3) before = model.parameters.get('perceiver.latents')?.dataSync() as Float32Array
        },
      }),
    ).rejects.toThrow(
      expect.objectContaining({ code: 'MIMICIT_NAN', message: expect.stringContaining('train_6, train_7') }),
    )
    expect([...((model.parameters.get('perceiver.latents')?.dataSync() ?? []) as Float32Array)]).toEqual([
      ...(before ?? []),
    ])
    expect(existsSync(join(dir, 'step-000002', 'state.json'))).toBe(true)
    model.dispose()
  })

  test('batches that end, end the run; a signal ends it while it waits for a batch', async () => {
    const model = build()
    const inner = batches()
    const short: BatchStream = {
      ...inner,
      async *[Symbol.asyncIterator]() {
        for await (const batch of inner) {
          yield batch
          if (batch.step === 1) return
        }
      },
    }
    expect(await train({ model, batches: short, steps: 9 })).toMatchObject({ reason: 'data-ended', step: 2 })
    const stop = new AbortController()
    const stuck: BatchStream = {
      ...batches(),
      [Symbol.asyncIterator]: () => ({
        next: () => {
          queueMicrotask(() => stop.abort())
          return new Promise(() => {})
        },
      }),
    }
    expect(await train({ model, batches: stuck, steps: 9, signal: stop.signal })).toMatchObject({
      reason: 'aborted',
      step: 0,
    })
    model.dispose()
  })

  test('unknown schedules and bad rates are refused', async () => {
    const model = build()
    await expect(train({ model, batches, steps: 1, schedule: 'cosinus' as 'cosine' })).rejects.toThrow(
      expect.objectContaining({ code: 'MIMICIT_UNKNOWN_NAME' }),
    )
    await expect(train({ model, batches, steps: 1, lr: -1 })).rejects.toThrow(
      expect.objectContaining({ code: 'MIMICIT_BAD_VALUE' }),
    )
    model.dispose()
  })
})
