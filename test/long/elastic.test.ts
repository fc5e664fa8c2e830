// Exact elastic resume after every step, through any sequence of worlds, with a mixture, batches filled by lengths and data
// that cannot be used, all at once. The quick version is test/loader/elastic.test.ts.
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { tokenizeDataset } from '../../src/layout/tokenize/tokenize-dataset.js'
import type { LoaderState, StreamedBatch } from '../../src/loader/batch.js'
import type { LoaderOptions } from '../../src/loader/options.js'
import type { LoaderSource } from '../../src/loader/sources.js'
import { openDataset } from '../../src/shards/dataset.js'
import { batchesOf } from '../loader/batches.js'
import { expectTogether, ranksOf } from '../loader/ranks.js'
import { importFixtures } from '../support/fixtures.js'
import { repeats } from '../support/repeats.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
const [plain, counted] = [join(root, 'plain'), join(root, 'counted')]

beforeAll(async () => {
  const healthy = join(root, 'healthy')
  await importFixtures(healthy)
  cpSync(healthy, plain, { recursive: true })
  const path = join(plain, 'media', '00000.parquet')
  const bytes = readFileSync(path)
  const dataset = await openDataset(healthy)
  for (const row of [3, 9]) bytes[bytes.indexOf(await dataset.picture(row)) + 1000]! ^= 1
  await dataset.close()
  writeFileSync(path, bytes)
  cpSync(plain, counted, { recursive: true })
  await tokenizeDataset(counted, { tokenizer: 'bytes', workers: 0 })
})

/** One source whose counts are stored and one whose are not. */
const sources = (): LoaderSource[] => [
  { source: counted, weight: 2, subsets: ['LA'], shots: 2 },
  { source: plain, weight: 1, subsets: ['CGD'], template: 'simple-blanks', shots: 1, context: 'rel_ins_ids' },
]
const common: LoaderOptions = {
  ...{ imageSize: 8, seed: 5, workers: 0, onBadSample: 'substitute', mixing: 'random', epochSamples: 60 },
  ...{ batchSize: 24, maxTokens: 900, lengthWindow: 25, shuffle: 'windowed:40/4' },
}

describe.each<[string, LoaderOptions]>([
  ['samples', { epochs: 3 }],
  ['packed rows', { epochs: 6, pack: true }],
  [
    'packed rows without the last of an epoch',
    { epochs: 8, pack: true, dropLast: true, batchSize: 24, epochSamples: 90 },
  ],
  ['steps of so many tokens', { epochs: 2, tokensPerBatch: 6000 }],
])('%s', (_, filling) => {
  const options = { ...common, ...filling }
  let whole: StreamedBatch[]
  beforeAll(async () => {
    whole = await batchesOf(sources(), options)
    expect(whole.length).toBeGreaterThan(5)
    expect(whole.flatMap(({ faults }) => faults).length).toBeGreaterThan(5)
  })

  test('after every step, on 1, 3 and 8 ranks', async () => {
    for (const [k, { state }] of whole.entries()) {
      for (const worldSize of [1, 3, 8]) {
        expectTogether(await ranksOf(sources(), { ...options, resume: state }, worldSize), whole.slice(k + 1))
      }
    }
  })

  test('any number of times, from one number of ranks to another, whatever is made ahead or kept', async () => {
    const leg = fc.record({
      steps: fc.integer({ min: 1, max: 3 }),
      world: fc.constantFrom(1, 2, 3, 4, 8, 24),
      how: fc.record({
        prefetchBytes: fc.constantFrom(0, 1e5, 1e7),
        reuseBytes: fc.constantFrom(0, 1e4, 1e7),
        turnBytes: fc.constantFrom(0, 1e4, 1e7),
        concurrency: fc.constantFrom(1, 4),
      }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(leg, { minLength: 2, maxLength: 5 }), async (legs) => {
        let resume: LoaderState | undefined
        let taken = 0
        for (const { steps, world, how } of legs) {
          const ranks = await ranksOf(sources(), { ...options, ...how, ...(resume && { resume }) }, world, steps)
          expectTogether(ranks, whole.slice(taken, taken + steps))
          taken += ranks[0]!.length
          resume = ranks[0]!.at(-1)?.state ?? resume
        }
      }),
      { numRuns: repeats(4, 12) },
    )
  })
})
