// A stream that is resumed is the stream that was left: at every step, in either thread, and again after that.
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { LoaderState } from '../../src/loader/batch.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import type { LoaderOptions } from '../../src/loader/options.js'
import { faultOf } from '../support/fault.js'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'
import { batchesOf, digest, streamOf } from './batches.js'

const data = join(tempDir(), 'data')
const options: LoaderOptions = { batchSize: 40, imageSize: 8, shots: 2, epochs: 2, seed: 9 }
/** 128 queries in batches of 40: three full ones and one of eight, twice. */
const STEPS = 8

let whole: Awaited<ReturnType<typeof streamOf>>
beforeAll(async () => {
  await importFixtures(data)
  whole = await streamOf(data, options)
})

test('the uninterrupted stream is what the others are compared with', () => {
  expect(whole.digests).toHaveLength(STEPS)
  expect(whole.digests.map(({ shape }) => shape.B)).toEqual([40, 40, 40, 8, 40, 40, 40, 8])
  expect(new Set(whole.digests.map(({ inputIds }) => inputIds)).size).toBe(STEPS)
})

describe('a state', () => {
  test('counts epochs, steps and samples, and stays small', () => {
    const plan = whole.states[0]!.plan
    expect(whole.states).toHaveLength(STEPS + 1)
    whole.states.forEach((state, k) => {
      const [epoch, step] = [Math.floor(k / 4), k % 4]
      expect(state).toEqual({ v: 1, plan, epoch, step, seen: epoch * 128 + step * 40 })
    })
    const longest: LoaderState = {
      v: 1,
      plan,
      epoch: Number.MAX_SAFE_INTEGER,
      step: Number.MAX_SAFE_INTEGER,
      seen: Number.MAX_SAFE_INTEGER,
    }
    expect(JSON.stringify(longest).length).toBeLessThanOrEqual(200)
  })

  test('is that of the batch that was handed out, however many are made ahead', async () => {
    const loader = loadMimicIT(data, { ...options, prefetchBytes: 1e9 })
    let k = 0
    for await (const batch of loader) {
      expect(digest(batch)).toEqual(whole.digests[k])
      expect(loader.state()).toEqual(whole.states[++k])
      if (k === 3) break
    }
    expect(loader.state()).toEqual(whole.states[3])
  })
})

/** Goes through JSON, as a state in a checkpoint does. */
const stored = <T extends object>(state: T) => JSON.parse(JSON.stringify(state)) as T

describe('resumed', () => {
  test.each(Array.from({ length: STEPS + 1 }, (_, k) => k))('after step %i, in this thread', async (k) => {
    const { digests, states } = await streamOf(data, { ...options, resume: stored(whole.states[k]!) })
    expect(digests).toEqual(whole.digests.slice(k))
    expect(states).toEqual(whole.states.slice(k))
  })

  // Every step too, several threads at a time, since most of the time goes into starting them.
  test.each([0, 1, 2])('after step %i and every third from there, in a thread', async (step) => {
    const at = [step, step + 3, step + 6].filter((k) => k <= STEPS)
    const streams = await Promise.all(
      at.map((k) => streamOf(data, { ...options, resume: stored(whole.states[k]!), worker: true })),
    )
    for (const [i, { digests, states }] of streams.entries()) {
      expect(digests).toEqual(whole.digests.slice(at[i]))
      expect(states).toEqual(whole.states.slice(at[i]))
    }
  })

  test('twice, from one thread to the other and with other speeds', async () => {
    const all: ReturnType<typeof digest>[] = []
    let resume: LoaderState | undefined
    const legs: readonly (readonly [number, LoaderOptions])[] = [
      [2, { prefetchBytes: 0 }],
      [3, { worker: true, reuseBytes: 0 }],
      [100, { concurrency: 1, prefetchBytes: 1e9 }],
    ]
    for (const [steps, how] of legs) {
      const loader = loadMimicIT(data, { ...options, ...how, ...(resume === undefined ? {} : { resume }) })
      let taken = 0
      for await (const batch of loader) {
        all.push(digest(batch))
        if (++taken === steps) break
      }
      resume = stored(loader.state())
    }
    expect(all).toEqual(whole.digests)
    expect(resume).toEqual(whole.states.at(-1))
  })

  test('with more epochs goes on where the stream had ended', async () => {
    const short = await streamOf(data, { ...options, epochs: 1 })
    expect(short.digests).toEqual(whole.digests.slice(0, 4))
    const rest = await batchesOf(data, { ...options, resume: short.states.at(-1)! })
    expect(rest.map(digest)).toEqual(whole.digests.slice(4))
  })

  test('at the end of an epoch named by its last step or by the next epoch is the same place', async () => {
    const resume = { ...whole.states[4]!, epoch: 0, step: 4 }
    expect((await batchesOf(data, { ...options, resume })).map(digest)).toEqual(whole.digests.slice(4))
  })
})

describe('a state of another stream is refused', () => {
  test.each<LoaderOptions>([
    { seed: 10 },
    { batchSize: 39 },
    { dropLast: true },
    { shuffle: 'none' },
    { shots: 1 },
    { context: 'rel_ins_ids' },
    { queries: 'all' },
    { template: 'simple-blanks' },
    { labels: 'query' },
    { imageSize: 9 },
    { pixels: 'uint8' },
    { maxTokens: 300 },
    { maxFrames: 3 },
    { sharedVisuals: 'repeat' },
    { mediaLayout: 'pair-as-frames' },
  ])('%o', async (change) => {
    const loader = loadMimicIT(data, { ...options, ...change, resume: whole.states[3]! })
    const fault = await faultOf(loader.ready())
    expect(fault.code).toBe('MIMICIT_RESUME_MISMATCH')
    expect(fault.message).toContain(`received one of plan ${whole.states[3]!.plan}`)
    expect(fault.message).toContain('differs from the run that saved it')
  })

  test('in a thread just the same', async () => {
    const loader = loadMimicIT(data, { ...options, seed: 10, resume: whole.states[3]!, worker: true })
    expect((await faultOf(loader.ready())).code).toBe('MIMICIT_RESUME_MISMATCH')
  })

  test.each([
    ['another version', { v: 2 }],
    ['a step that no epoch has', { step: 5 }],
    ['a step before the first', { step: -1 }],
    ['half an epoch', { epoch: 0.5 }],
    ['no count of samples', { seen: undefined }],
  ])('%s', async (_, change) => {
    const resume = { ...whole.states[3]!, ...change } as LoaderState
    const fault = await faultOf(loadMimicIT(data, { ...options, resume }).ready())
    expect(fault.code).toBe('MIMICIT_BAD_VALUE')
    expect(fault.message).toContain('option resume of loadMimicIT')
  })

  test('and what is no state at all, at once', async () => {
    const fault = await faultOf(() => loadMimicIT(data, { resume: 'step 3' as unknown as LoaderState }))
    expect(fault.code).toBe('MIMICIT_BAD_VALUE')
    expect(fault.message).toContain('a loader state for option resume of loadMimicIT but received "step 3"')
  })
})

test('a refusal names what differs in which source of a mixture', async () => {
  const mixture = (more: object) => [
    { source: data, subsets: ['LA'] },
    { source: data, subsets: ['CGD'], ...more },
  ]
  const loader = loadMimicIT(mixture({}), { ...options, shots: 0 })
  const { planParts: resumePlan } = await loader.ready()
  const how: LoaderOptions = { ...options, shots: 0, resume: loader.state(), resumePlan: stored(resumePlan) }
  await loader.close()
  const hint = async (source: Parameters<typeof loadMimicIT>[0], more: LoaderOptions = {}) =>
    (await faultOf(loadMimicIT(source, { ...how, ...more }).ready())).parts.hint
  const told = 'These differ from the run that saved it: '
  expect(await hint(mixture({ template: 'llama2' }))).toContain(
    `${told}template (was "simple", is "llama2") in source 1. `,
  )
  expect(await hint(mixture({ maxFrames: 2 }), { flip: true })).toContain(
    `${told}flip (was false, is "side words 2") in every source; maxFrames (was 16, is 2) in source 1. `,
  )
  expect(await hint(data, { seed: 1 })).toContain(
    `${told}seed (was 9, is 1); sources (was 2 that are mixed, is one as a whole). `,
  )
})
