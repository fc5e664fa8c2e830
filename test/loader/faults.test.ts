// Samples that the data make unusable: an error, or somebody else in their place and everybody else in his own.
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { MimicitError } from '../../src/base/errors.js'
import type { LoaderState, StreamedBatch } from '../../src/loader/batch.js'
import { MOST_RESERVES, usableSamples } from '../../src/loader/faults.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import { type LoaderOptions, parseLoaderOptions } from '../../src/loader/options.js'
import type { PlannedSample } from '../../src/loader/plan/planned.js'
import { createIndexReader } from '../../src/loader/read-index.js'
import { prepareSource, type Source } from '../../src/loader/source.js'
import { recordStats } from '../../src/loader/stats.js'
import { createTurnSource } from '../../src/loader/turn-source.js'
import { openDataset } from '../../src/shards/dataset.js'
import { createDataset } from '../../src/shards/dataset-writer.js'
import { templates } from '../../src/text/templates.js'
import { faultOf } from '../support/fault.js'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'
import { batchesOf, samplesOf } from './batches.js'

const root = tempDir()
const [healthy, damaged] = [join(root, 'healthy'), join(root, 'damaged')]
const options: LoaderOptions = { batchSize: 24, imageSize: 8, seed: 4, shots: 1, epochs: 2, workers: 0 }
const bad = [3, 9]

beforeAll(async () => {
  await importFixtures(healthy)
  cpSync(healthy, damaged, { recursive: true })
  const path = join(damaged, 'media', '00000.parquet')
  const bytes = readFileSync(path)
  const dataset = await openDataset(healthy)
  for (const row of bad) bytes[bytes.indexOf(await dataset.picture(row)) + 1000]! ^= 1
  await dataset.close()
  writeFileSync(path, bytes)
})

describe('substitute', () => {
  const substitute: LoaderOptions = { ...options, onBadSample: 'substitute' }
  let sound: StreamedBatch[]
  let whole: StreamedBatch[]
  beforeAll(async () => {
    sound = await batchesOf(healthy, options)
    whole = await batchesOf(damaged, substitute)
  })

  test('puts others in the place of what cannot be used, lists them, and moves nobody', async () => {
    expect(whole).toHaveLength(sound.length)
    let replaced = 0
    for (const [i, batch] of whole.entries()) {
      const [now, before] = [samplesOf(batch), samplesOf(sound[i]!)]
      const places = new Set(batch.faults.map(({ position }) => position % 24))
      now.forEach((sample, place) => {
        if (places.has(place)) expect(sample).not.toBe(before[place])
        else expect(sample).toBe(before[place])
      })
      for (const { epoch, code, message } of batch.faults) {
        expect([epoch, code]).toEqual([batch.epoch, 'MIMICIT_CORRUPT'])
        expect(message).toMatch(new RegExp(`picture (${bad.join('|')}) of sample`))
      }
      replaced += places.size
    }
    expect(replaced).toBeGreaterThan(10)
    expect(sound.flatMap(({ faults }) => faults)).toEqual([])
    const loader = loadMimicIT(damaged, substitute)
    for await (const _ of loader);
    expect(loader.stats().badSamples).toBe(whole.flatMap(({ faults }) => faults).length)
  })

  test('in a mixture the one in its place is of the same source, and each source keeps its share', async () => {
    const of = (data: string) => [
      { source: data, weight: 3, subsets: ['LA'], shots: 1 },
      { source: data, weight: 1, subsets: ['CGD'], shots: 0 },
    ]
    for (const mixing of ['stratified', 'random'] as const) {
      const how = { ...options, batchSize: 12, epochSamples: 48, mixing }
      const sound = await batchesOf(of(healthy), how)
      const mixed = await batchesOf(of(damaged), { ...how, onBadSample: 'substitute' })
      expect(mixed.flatMap(({ faults }) => faults).length).toBeGreaterThan(5)
      for (const [i, batch] of mixed.entries()) {
        const subsets = ({ ids }: StreamedBatch) => ids.map((id) => id.split('_')[0])
        expect(subsets(batch)).toEqual(subsets(sound[i]!))
        const places = new Set(batch.faults.map(({ position }) => position % 12))
        const [now, before] = [samplesOf(batch), samplesOf(sound[i]!)]
        now.forEach((sample, place) => {
          if (!places.has(place)) expect(sample).toBe(before[place])
        })
      }
    }
  })

  test('is the same after a resume, from one rank to eight to three, in a thread or not, one at a time or many', async () => {
    let resume: LoaderState | undefined
    const given: { readonly samples: string[]; readonly faults: readonly unknown[] }[] = []
    for (const [leg, worldSize] of [1, 8, 3, 1].entries()) {
      const how = { worldSize, worker: leg === 2, concurrency: leg + 1, reuseBytes: leg === 3 ? 0 : 1e6 }
      const ranks = await Promise.all(
        Array.from({ length: worldSize }, async (_, rank) => {
          const taken: StreamedBatch[] = []
          for await (const batch of loadMimicIT(damaged, { ...substitute, ...how, rank, ...(resume && { resume }) })) {
            if (taken.push(batch) === 3) break
          }
          return taken
        }),
      )
      for (let i = 0; i < ranks[0]!.length; i++) {
        const parts = ranks.map((batches) => batches[i]!)
        given.push({ samples: parts.flatMap(samplesOf), faults: parts.flatMap(({ faults }) => faults) })
        resume = parts[0]!.state
      }
    }
    expect(given).toEqual(
      whole.slice(0, given.length).map((batch) => ({ samples: samplesOf(batch), faults: batch.faults })),
    )
  })

  test.each(Object.keys(templates))('an empty response is a fault with the template %s', async (template) => {
    const set = join(root, `empty-${template}`)
    const writer = await createDataset(set)
    for (const [i, response] of ['Yes.', '', 'No.', 'a'].entries()) {
      await writer.addPair({
        ...{ id: `P_${i}`, subset: 'T', split: null, language: 'en', instruction: 'Is it?', response },
        ...{ mediaKind: 'none', media: [], mediaIds: [], mediaPositions: null, mediaTimes: null, metadata: null },
      })
    }
    await writer.finish({ tool: 'test' })
    const own: LoaderOptions = { ...substitute, shots: 0, batchSize: 4, epochs: 1, template }
    const [batch] = await batchesOf(set, own)
    expect(batch!.faults).toMatchObject([{ code: 'MIMICIT_BAD_RECORD', message: expect.stringContaining('pair P_1') }])
    expect(batch!.ids).toHaveLength(4)
    expect(batch!.ids).not.toContain('P_1')
    expect((await faultOf(batchesOf(set, { ...own, onBadSample: 'error' }))).code).toBe('MIMICIT_BAD_RECORD')
  })

  test('without it the first of them is an error', async () => {
    const fault = await faultOf(batchesOf(damaged, options))
    expect(fault.code).toBe('MIMICIT_CORRUPT')
  })

  test('a query that is too long is replaced, and where all are it is an error that says so', async () => {
    const lengths = sound.flatMap((batch) =>
      batch.ids.map((_, row) =>
        batch.attentionMask.subarray(row * batch.shape.L, (row + 1) * batch.shape.L).reduce((a, b) => a + b, 0),
      ),
    )
    const maxTokens = Math.max(...lengths) - 60
    const short = await batchesOf(healthy, { ...substitute, shots: 0, maxTokens })
    expect(short.map(({ shape }) => shape.B)).toEqual(sound.map(({ shape }) => shape.B))
    for (const { shape } of short) expect(shape.L).toBeLessThanOrEqual(maxTokens)
    const fault = await faultOf(batchesOf(healthy, { ...substitute, maxTokens: 5 }))
    expect(fault.code).toBe('MIMICIT_TOO_LONG')
    expect(fault.message).toContain(`the last of ${MOST_RESERVES} reserves for position`)
    expect(fault.parts.hint).toBe('Raise maxTokens (--max-tokens); a query is never cut.')
  })
})

test.each([
  ['is a fault by itself', true, 'MIMICIT_BAD_RECORD'],
  ['is sound', false, 'of its own'],
])('what an in-context function throws for a query that %s', async (_, atFault, told) => {
  const dataset = await openDataset(healthy)
  const source = await prepareSource(dataset, parseLoaderOptions({ shots: 1 }))
  const turns = createTurnSource(dataset, source.rules, 1e6, recordStats())
  const own: Source = {
    ...source,
    async candidatesOf(row) {
      if (row === 3) throw new Error('of its own')
      return source.candidatesOf(row)
    },
  }
  const fault = new MimicitError('MIMICIT_BAD_RECORD', { expected: 'a text', where: 'pair 3', received: 'none' })
  const get = (row: number) => (atFault && row === 3 ? Promise.reject(fault) : turns.get(row))
  const reader = createIndexReader(own, { turns: { get } })
  const reading = reader.read([2, 3, 4], 0)
  if (atFault) expect([...(await reading).faults]).toEqual([[3, expect.objectContaining({ code: told })]])
  else await expect(reading).rejects.toThrow(told)
  await reader.close()
  await turns.close()
  await dataset.close()
})

describe('the policy', () => {
  const planned: PlannedSample[] = [0, 1, 2].map((position) => ({ epoch: 0, position, source: 0, row: position }))
  const fails = (code: 'MIMICIT_NETWORK' | 'MIMICIT_NOT_FOUND') =>
    new MimicitError(code, { expected: 'it', where: 'there', received: 'nothing' })
  const make =
    (code: Parameters<typeof fails>[0], failing: (row: number) => boolean) => (all: readonly PlannedSample[]) =>
      Promise.allSettled(all.map(async ({ row }) => (failing(row) ? Promise.reject(fails(code)) : row)))
  const reserveOf = (sample: PlannedSample, attempt: number) => ({ ...sample, row: 100 * attempt + sample.position })

  test('tries one reserve after the other', async () => {
    const { samples, faults } = await usableSamples(planned, {
      policy: 'substitute',
      make: make('MIMICIT_NOT_FOUND', (row) => row === 1 || row === 101),
      reserveOf,
    })
    expect(samples.map((one) => one?.made)).toEqual([0, 201, 2])
    expect(faults.map(({ row, attempt }) => [row, attempt])).toEqual([
      [1, 0],
      [101, 1],
    ])
  })

  test('leaves a place empty where nobody stands in', async () => {
    const empty = {
      policy: 'substitute',
      make: make('MIMICIT_NOT_FOUND', (row) => row === 1),
      reserveOf: undefined,
    } as const
    expect((await usableSamples(planned, empty)).samples.map((one) => one?.made)).toEqual([0, undefined, 2])
  })

  test('a network that fails is an error whatever the policy', async () => {
    const network = { policy: 'substitute', make: make('MIMICIT_NETWORK', (row) => row === 2), reserveOf } as const
    expect((await faultOf(usableSamples(planned, network))).code).toBe('MIMICIT_NETWORK')
  })
})
