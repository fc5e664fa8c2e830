// Several sources in one stream, over real data: shares, settings of their own, resuming, and what is selected of each.
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { filterDataset } from '../../src/layout/filter.js'
import type { LoaderState, StreamedBatch } from '../../src/loader/batch.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import type { LoaderOptions } from '../../src/loader/options.js'
import type { LoaderSource } from '../../src/loader/sources.js'
import { openDataset } from '../../src/shards/dataset.js'
import { faultOf } from '../support/fault.js'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'
import { batchesOf, samplesOf } from './batches.js'

const root = tempDir()
const data = join(root, 'data')
const other = join(root, 'other')
const options: LoaderOptions = { batchSize: 24, imageSize: 8, seed: 4, queries: 'all', epochs: 2, workers: 0 }
const subsetOf = new Map<string, string>()
let subsets: readonly { readonly name: string; readonly pairs: number }[]

beforeAll(async () => {
  await importFixtures(data)
  const dataset = await openDataset(data)
  subsets = dataset.manifest.subsets
  for await (const [, pair] of dataset.pairs()) subsetOf.set(pair.id, pair.subset)
  await dataset.close()
  await filterDataset(data, { out: other, subset: [subsets.at(-1)!.name] })
})

describe('selection', () => {
  const idsOf = async (more: LoaderOptions) =>
    (await batchesOf(data, { ...options, epochs: 1, ...more })).flatMap(({ ids }) => ids)

  test('by subset, by id, and a part of the list, the same in every epoch', async () => {
    const [first] = subsets
    const chosen = await idsOf({ subsets: [first!.name] })
    expect(chosen).toHaveLength(first!.pairs)
    expect(new Set(chosen.map((id) => subsetOf.get(id)))).toEqual(new Set([first!.name]))
    const ids = [...subsetOf.keys()]
    expect((await idsOf({ only: [ids[9]!, ids[2]!] })).sort()).toEqual([ids[9]!, ids[2]!].sort())
    expect(await idsOf({ skip: 3, take: 4, shuffle: 'none' })).toEqual(ids.slice(3, 7))
    const two = await batchesOf(data, { ...options, skip: 3, take: 4 })
    expect(two.map((batch) => [...batch.ids].sort())).toEqual(Array(2).fill(ids.slice(3, 7).sort()))
  })

  test.each<[LoaderOptions, string]>([
    [{ subsets: ['XX'] }, 'MIMICIT_UNKNOWN_NAME'],
    [{ only: ['nobody'] }, 'MIMICIT_NOT_FOUND'],
    [{ skip: 100_000 }, 'MIMICIT_EMPTY'],
  ])('%j is told', async (change, code) => {
    expect((await faultOf(loadMimicIT(data, { ...options, ...change }).ready())).code).toBe(code)
  })
})

describe('a mixture', () => {
  const sources = (): LoaderSource[] => [
    { source: data, weight: 2, subsets: [subsets[0]!.name], context: 'train', shots: 2 },
    { source: data, weight: 1, subsets: [subsets[1]!.name], template: 'simple-blanks' },
    { source: other, weight: 1, maxFrames: 2 },
  ]

  test('has each source with its share in every batch and with its own settings', async () => {
    const names = subsets.map(({ name }) => name)
    const batches = await batchesOf(sources(), { ...options, epochSamples: 96 })
    expect(batches).toHaveLength(8)
    for (const { ids, contextIds } of batches) {
      const of = ids.map((id) => subsetOf.get(id))
      // Two of the three are of one subset.
      expect(names.map((name) => of.filter((one) => one === name).length)).toEqual([12, 12])
      contextIds.forEach((contexts, i) => {
        if (of[i] !== names[0]) expect(contexts).toEqual([])
      })
    }
    expect(batches.some(({ contextIds }) => contextIds.some((contexts) => contexts.length === 2))).toBe(true)
  })

  test('goes on at every step with any number of ranks, in a thread or not, sample for sample', async () => {
    const mixed: LoaderOptions = { ...options, epochSamples: 72, mixing: 'random' }
    const whole = await batchesOf(sources(), mixed)
    const states: LoaderState[] = whole.map(({ state }) => state)
    for (const [k, resume] of states.entries()) {
      const worldSize = [1, 3, 1, 8][k % 4]!
      const parts: StreamedBatch[][] = await Promise.all(
        Array.from({ length: worldSize }, (_, rank) =>
          batchesOf(sources(), { ...mixed, resume, rank, worldSize, worker: k === 1 }),
        ),
      )
      for (const [i, batch] of whole.slice(k + 1).entries()) {
        expect(parts.flatMap((batches) => samplesOf(batches[i]!))).toEqual(samplesOf(batch))
        for (const batches of parts) expect(batches[i]!.state).toEqual(batch.state)
      }
    }
  })

  test('by repetition and by number of samples', async () => {
    const [one, two] = [subsets[0]!, subsets[1]!]
    const loader = loadMimicIT(
      [
        { source: data, repeat: 0.5, subsets: [one.name] },
        { source: data, samples: 7, subsets: [two.name] },
      ],
      options,
    )
    const { samples } = await loader.ready()
    expect(samples).toBe(Math.round(one.pairs / 2) + 7)
    const counts = new Map<string, number>()
    for await (const { ids } of loader) for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1)
    // Half of it in one epoch, the other half in the next.
    const ofOne = [...counts].filter(([id]) => subsetOf.get(id) === one.name)
    expect(ofOne.map(([, n]) => n)).toEqual(Array(Math.round(one.pairs / 2) * 2).fill(1))
  })

  test.each<[unknown, string]>([
    [[], 'a list of sources'],
    [[{ source: 'a', weight: 1 }, { source: 'b' }], 'a weight for every source'],
    [[{ source: 'a', weight: 0 }], 'option weight of source 0'],
    [[{ source: 'a', samples: 1, repeat: 2 }], 'repeat or samples'],
    [[{ source: 'a', batchSize: 2 }], 'source 0 of loadMimicIT'],
    [7, 'a list of sources'],
  ])('%j is refused at once', async (given, part) => {
    expect((await faultOf(() => loadMimicIT(given as never))).message).toContain(part)
  })
})

describe('a state of another plan', () => {
  test('is refused with the parts that differ, and taken with force', async () => {
    const loader = loadMimicIT(data, options)
    const { planParts } = await loader.ready()
    const resume = { ...loader.state(), step: 1, seen: 24 }
    await loader.close()
    const saved = JSON.parse(JSON.stringify(planParts)) as typeof planParts
    const other: LoaderOptions = { ...options, seed: 5, maxFrames: 2, resume, resumePlan: saved }
    const fault = await faultOf(loadMimicIT(data, other).ready())
    expect(fault.code).toBe('MIMICIT_RESUME_MISMATCH')
    expect(fault.message).toContain('maxFrames (was 16, is 2); seed (was 4, is 5).')
    const [forced] = await batchesOf(data, { ...other, force: true })
    const whole = await batchesOf(data, { ...options, seed: 5, maxFrames: 2 })
    expect(forced).toEqual(whole[1])
  })
})
