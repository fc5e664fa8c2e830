// Exact elastic resume with everything at once: a mixture, batches filled by lengths, data that cannot be used, and another
// number of ranks after each of several resumes. Contents are compared, pixels as hashes.
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { LoaderState } from '../../src/loader/batch.js'
import type { LoaderOptions } from '../../src/loader/options.js'
import type { LoaderSource } from '../../src/loader/sources.js'
import { openDataset } from '../../src/shards/dataset.js'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'
import { batchesOf } from './batches.js'
import { expectTogether, ranksOf } from './ranks.js'

const root = tempDir()
const data = join(root, 'data')

beforeAll(async () => {
  const healthy = join(root, 'healthy')
  await importFixtures(healthy)
  cpSync(healthy, data, { recursive: true })
  const path = join(data, 'media', '00000.parquet')
  const bytes = readFileSync(path)
  const dataset = await openDataset(healthy)
  for (const row of [3, 9]) bytes[bytes.indexOf(await dataset.picture(row)) + 1000]! ^= 1
  await dataset.close()
  writeFileSync(path, bytes)
})

const sources = (): LoaderSource[] => [
  { source: data, weight: 2, subsets: ['LA'], shots: 1 },
  { source: data, weight: 1, subsets: ['CGD'], template: 'simple-blanks' },
]
const common: LoaderOptions = {
  ...{ imageSize: 8, seed: 5, workers: 0, onBadSample: 'substitute', mixing: 'random', epochs: 2, epochSamples: 60 },
  ...{ batchSize: 24, maxTokens: 700, lengthWindow: 25 },
}

test.each<[string, LoaderOptions]>([
  ['samples', {}],
  ['packed rows', { pack: true, epochs: 6 }],
  ['steps of so many tokens', { tokensPerBatch: 6000 }],
])('%s: from 1 to 8 to 3 ranks and back, resumed twice in a row', async (_, filling) => {
  const options = { ...common, ...filling }
  const whole = await batchesOf(sources(), options)
  expect(whole.length).toBeGreaterThan(4)
  expect(whole.flatMap(({ faults }) => faults).length).toBeGreaterThan(5)
  let resume: LoaderState | undefined
  let taken = 0
  for (const [leg, worldSize] of [1, 8, 3, 1].entries()) {
    const steps = leg === 3 ? whole.length : 1
    const how = { worker: leg === 0, turnBytes: leg === 1 ? 0 : 1e6, prefetchBytes: leg === 2 ? 0 : 1e6 }
    const ranks = await ranksOf(sources(), { ...options, ...how, ...(resume && { resume }) }, worldSize, steps)
    expectTogether(ranks, whole.slice(taken, taken + steps))
    taken += ranks[0]!.length
    resume = ranks[0]!.at(-1)!.state
  }
  expect(taken).toBe(whole.length)
})
