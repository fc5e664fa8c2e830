// Ranks over real data: what they are given together is what one process is given.
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { Batch, LoaderState, StreamedBatch } from '../../src/loader/batch.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import type { LoaderOptions } from '../../src/loader/options.js'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'
import { batchesOf, samplesOf } from './batches.js'

const data = join(tempDir(), 'data')
const options: LoaderOptions = { batchSize: 24, shots: 2, seed: 3, imageSize: 8, epochs: 2, workers: 0 }
let whole: StreamedBatch[]

beforeAll(async () => {
  await importFixtures(data)
  whole = await batchesOf(data, options)
})

const ranksOf = (worldSize: number, more: LoaderOptions = {}) =>
  Promise.all(Array.from({ length: worldSize }, (_, rank) => batchesOf(data, { ...options, ...more, rank, worldSize })))

test.each([1, 3, 8])('%d ranks together have the samples of one, pixel for pixel, with equal steps', async (world) => {
  const ranks = await ranksOf(world)
  for (const batches of ranks) expect(batches.map(({ state }) => state)).toEqual(whole.map(({ state }) => state))
  for (const [i, batch] of whole.entries()) {
    const parts = ranks.map((batches) => batches[i]!)
    expect(new Set(parts.map(({ shape }) => shape.B)).size).toBe(1)
    expect(parts.flatMap(samplesOf)).toEqual(samplesOf(batch))
  }
})

test('from one rank to eight to three, each from the state of the last', async () => {
  let resume: LoaderState | undefined
  const steps: string[][] = []
  for (const worldSize of [1, 8, 3, 1]) {
    const parts = await Promise.all(
      Array.from({ length: worldSize }, async (_, rank) => {
        const taken: Batch[] = []
        const loader = loadMimicIT(data, { ...options, rank, worldSize, ...(resume && { resume }) })
        for await (const batch of loader) if (taken.push(batch) === 3) break
        return { taken, state: loader.state() }
      }),
    )
    resume = parts[0]!.state
    for (const { state } of parts) expect(state).toEqual(resume)
    for (let i = 0; i < parts[0]!.taken.length; i++) steps.push(parts.flatMap(({ taken }) => samplesOf(taken[i]!)))
  }
  expect(steps).toEqual(whole.map(samplesOf).slice(0, steps.length))
  expect(steps).toHaveLength(12)
})
