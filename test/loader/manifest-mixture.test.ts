// A data set whose manifest says how its parts are mixed: what an epoch takes of each, and task descriptions in front.
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { leadOf, leadsOf } from '../../src/loader/leads.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import type { LoaderOptions } from '../../src/loader/options.js'
import type { MixtureRecord } from '../../src/shards/manifest.js'
import { byteTokenizer } from '../../src/text/byte-tokenizer.js'
import { labelPolicies } from '../../src/text/labels/index.js'
import { faultOf } from '../support/fault.js'
import { storedPng } from '../support/stored-png.js'
import { tempDir } from '../support/temp-dir.js'
import { writeDataset } from '../support/write-dataset.js'
import { batchesOf, samplesOf } from './batches.js'
import { expectTogether, ranksOf } from './ranks.js'

const root = tempDir()
const [mixed, plain] = [join(root, 'mixed'), join(root, 'plain')]
const options: LoaderOptions = { batchSize: 6, imageSize: 2, seed: 3, queries: 'all', workers: 0, context: 'none' }
const TEXTS = ['Answer briefly.', 'Say <image> what you see, at length.'] as const

const part = (name: string, from: number, to: number, more: Partial<MixtureRecord>): MixtureRecord => ({
  ...{ name, group: 'IMAGE_TEXT', pairs: { from, to }, numSamples: null, taskDescriptions: [] },
  ...more,
})

beforeAll(async () => {
  const media = [{ ids: ['P'], content: 1, bytes: storedPng(2, 2, (x, y) => [x, y, 9]) }]
  const pairs = Array.from({ length: 40 }, (_, i) => ({ id: `${i < 30 ? 'A' : 'B'}_${i}`, pictures: ['P'] }))
  const mixture = [
    part('A', 0, 30, { numSamples: 20, taskDescriptions: [...TEXTS] }),
    part('B', 30, 40, { numSamples: 16 }),
    part('gone', 40, 40, { numSamples: 5 }),
  ]
  await writeDataset(mixed, { media, pairs, mixture })
  await writeDataset(plain, { media, pairs })
})

const all = (sets: readonly { readonly ids: readonly string[] }[]) => sets.flatMap(({ ids }) => ids)
/** Texts of rows up to the first special token, and the whole row. */
const rowsOf = async (source: string, more: LoaderOptions) =>
  (await batchesOf(source, { ...options, ...more })).flatMap(({ ids, inputIds, labels, epoch, shape: { L } }) =>
    ids.map((id, row) => {
      const own = inputIds.subarray(row * L, (row + 1) * L)
      const end = own.findIndex((token, i) => i > 0 && token >= 256)
      const front = byteTokenizer.decode(own.subarray(1, end))
      const learned = [...labels.subarray(row * L + 1, row * L + end)].some((label) => label !== -100)
      return { id, epoch, front, learned, row: [...own] }
    }),
  )

describe('shares', () => {
  test('an epoch takes of each part what its record says, going through it whole before it comes again', async () => {
    const epochs = await batchesOf(mixed, { ...options, epochs: 3 })
    const counts = new Map<string, number>()
    for (const id of all(epochs)) counts.set(id, (counts.get(id) ?? 0) + 1)
    for (let epoch = 0; epoch < 3; epoch++) {
      const ids = all(epochs.filter((batch) => batch.epoch === epoch))
      expect([ids.length, ids.filter((id) => id.startsWith('A')).length]).toEqual([36, 20])
    }
    // 60 of 30 pairs: each twice; 48 of 10: each four or five times.
    for (const [id, count] of counts) expect(id.startsWith('A') ? [2] : [4, 5]).toContain(count)
    expect(counts.size).toBe(40)
  })

  test('unless it is not asked for: every pair once', async () => {
    expect(all(await batchesOf(mixed, { ...options, mixture: 'none' })).sort()).toEqual(
      all(await batchesOf(plain, options)).sort(),
    )
  })

  test('the same after a resume, by any number of ranks', async () => {
    const how: LoaderOptions = { ...options, epochs: 2, taskDescriptions: 'manifest' }
    const whole = await batchesOf(mixed, how)
    for (const [k, worldSize] of [1, 2, 3, 6].entries()) {
      const ranks = await ranksOf([{ source: mixed }], { ...how, resume: whole[2 * k]!.state }, worldSize, 2)
      expectTogether(ranks, whole.slice(2 * k + 1, 2 * k + 3))
    }
  })
})

describe('task descriptions', () => {
  test('one in front of each sample of the part that has some, never learned, drawn anew in every epoch', async () => {
    for (const labels of Object.keys(labelPolicies)) {
      const rows = await rowsOf(mixed, { taskDescriptions: 'manifest', labels })
      expect(rows.some(({ learned }) => learned)).toBe(false)
    }
    const rows = await rowsOf(mixed, { taskDescriptions: 'manifest', epochs: 4 })
    const leads = leadsOf(TEXTS, byteTokenizer)!
    for (const { id, epoch, front } of rows) {
      const expected = byteTokenizer.decode(leadOf(leads, 3, epoch, id))
      expect(front).toBe(id.startsWith('A') ? expected : '')
    }
    const ofA = rows.filter(({ front }) => front !== '')
    expect(new Set(ofA.map(({ front }) => front))).toEqual(new Set(TEXTS.map((text) => `${text}\n`)))
    const texts = new Map<string, Set<string>>()
    for (const { id, front } of ofA) texts.set(id, (texts.get(id) ?? new Set()).add(front))
    expect([...texts.values()].filter(({ size }) => size === 2).length).toBeGreaterThan(5)
  })

  test('behind it the row is what it is without, and without them nothing has changed', async () => {
    const with_ = await rowsOf(mixed, { taskDescriptions: 'manifest' })
    const without = await rowsOf(mixed, {})
    for (const [i, { front, row, id }] of with_.entries()) {
      expect(id).toBe(without[i]!.id)
      const bare = [row[0]!, ...row.slice(1 + byteTokenizer.encode(front).length)].filter((token) => token !== 258)
      expect(bare).toEqual(without[i]!.row.filter((token) => token !== 258))
    }
    const facts = async (source: string, more: LoaderOptions) => {
      const loader = loadMimicIT(source, { ...options, ...more })
      const { plan, planParts } = await loader.ready()
      await loader.close()
      expect(JSON.stringify(planParts).includes('taskDescriptions')).toBe(more.taskDescriptions !== undefined)
      return plan
    }
    expect(await facts(mixed, { taskDescriptions: 'manifest' })).not.toBe(await facts(mixed, {}))
    await facts(plain, {})
  })

  test('given with a source or for all, they stand in front of that source', async () => {
    const sources = [
      { source: plain, only: ['A_1', 'A_2'], taskDescriptions: ['One.'] },
      { source: plain, only: ['B_30', 'B_31'] },
    ]
    const fronts = async (more: LoaderOptions) =>
      (await batchesOf(sources, { ...options, batchSize: 4, ...more })).flatMap((batch) => {
        const { L } = batch.shape
        return batch.ids.map((id, row) => {
          const own = batch.inputIds.subarray(row * L, (row + 1) * L)
          return `${id} ${byteTokenizer.decode(own.subarray(1, own.indexOf(260)))}`
        })
      })
    expect((await fronts({})).sort()).toEqual(['A_1 One.\n', 'A_2 One.\n', 'B_30 ', 'B_31 '])
    expect((await fronts({ taskDescriptions: ['All.'] })).sort()).toEqual([
      ...['A_1 One.\n', 'A_2 One.\n', 'B_30 All.\n', 'B_31 All.\n'],
    ])
  })

  test('count where rows are filled by their tokens, each as the longest', async () => {
    const how: LoaderOptions = { ...options, taskDescriptions: 'manifest', maxTokens: 200, pack: true, batchSize: 2 }
    const packed = await batchesOf(mixed, how)
    const single = await batchesOf(mixed, { ...how, pack: false, batchSize: 6 })
    for (const { shape, segmentIds } of packed) {
      expect(shape.L).toBeLessThanOrEqual(200)
      expect(Math.max(...segmentIds!)).toBeGreaterThan(1)
    }
    expect(packed.flatMap(samplesOf).sort()).toEqual(single.flatMap(samplesOf).sort())
  })

  test('make a query too long that would fit without', async () => {
    const [longest] = (await batchesOf(mixed, options)).map(({ shape }) => shape.L).sort((a, b) => b - a)
    expect((await batchesOf(mixed, { ...options, maxTokens: longest! })).length).toBe(6)
    const fault = await faultOf(batchesOf(mixed, { ...options, maxTokens: longest!, taskDescriptions: ['x'] }))
    expect([fault.code, fault.parts.received]).toEqual(['MIMICIT_TOO_LONG', `${longest! + 2} tokens`])
  })

  test.each<[string, string | undefined, LoaderOptions]>([
    ['a data set without a mixture', undefined, { taskDescriptions: 'manifest' }],
    ['one whose mixture is not wanted', 'mixed', { taskDescriptions: 'manifest', mixture: 'none' }],
  ])('of the manifest of %s are refused', async (_, source, more) => {
    const loader = loadMimicIT(source === undefined ? plain : mixed, { ...options, ...more })
    const fault = await faultOf(loader.ready())
    expect(fault.code).toBe('MIMICIT_BAD_VALUE')
    expect(fault.message).toContain("taskDescriptions: 'manifest'")
  })
})
