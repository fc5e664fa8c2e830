// What an epoch will cost: exact numbers for the fixtures, and what a stream then really does.
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { LruCache } from '../../src/base/lru.js'
import { tokenizeDataset } from '../../src/layout/tokenize/tokenize-dataset.js'
import { measureDecodeRate } from '../../src/loader/decode-rate.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import type { LoaderOptions } from '../../src/loader/options.js'
import { liveThings } from '../../src/loader/plan/live-things.js'
import { nextUses } from '../../src/loader/plan/next-use.js'
import { shuffleNamed } from '../../src/loader/plan/shuffles.js'
import { spreadOf } from '../../src/loader/plan/spread.js'
import { simulateEpoch } from '../../src/loader/simulate-epoch.js'
import { faultOf } from '../support/fault.js'
import { importFixtures, sourcePairs } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'
import { writeDataset } from '../support/write-dataset.js'

const root = tempDir()
const data = join(root, 'data')

beforeAll(async () => {
  await importFixtures(data)
  await tokenizeDataset(data, { tokenizer: 'bytes', workers: 0 })
})

describe('the parts', () => {
  test('as many things are alive as are used before and after', () => {
    const steps = fc.array(fc.uniqueArray(fc.nat(9), { maxLength: 5 }), { maxLength: 40 })
    fc.assert(
      fc.property(steps, (all) => {
        const live = liveThings()
        for (const things of all) {
          for (const thing of things) live.use(thing)
          live.next()
        }
        const alive = all.map((_, at) => {
          const until = new Set(all.slice(0, at + 1).flat())
          return new Set(
            all
              .slice(at)
              .flat()
              .filter((thing) => until.has(thing)),
          ).size
        })
        expect(live.most()).toBe(Math.max(0, ...alive))
        expect(live.distinct).toBe(new Set(all.flat()).size)
      }),
    )
  })

  test('next uses are those of the steps that are known', () => {
    const steps = fc.array(fc.uniqueArray(fc.nat(9), { maxLength: 5 }), { maxLength: 30 })
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 12 }), (all, horizon) => {
        const uses = nextUses()
        let known = 0
        for (const [at, things] of all.entries()) {
          while (known < Math.min(all.length, at + horizon)) uses.add(all[known++]!)
          const expected = things.map((thing) => {
            const next = all.slice(at + 1, known).findIndex((later) => later.includes(thing))
            return [thing, next < 0 ? Number.POSITIVE_INFINITY : at + 1 + next]
          })
          expect([...uses.end()]).toEqual(expected)
        }
      }),
    )
  })

  test('mixing is 0 for the order of the data, 1 for a full permutation, and between for windows', () => {
    const quality = (name: string) => {
      const order = shuffleNamed(name).order(5000, { orderKey: 'k', seed: 1, epoch: 0 })
      const spread = spreadOf()
      for (let i = 0; i < 5000; i++) spread.add(0, 10 * order(i))
      return spread.quality()
    }
    expect(quality('none')).toBeCloseTo(3 / 5000, 4)
    expect(quality('full')).toBeGreaterThan(0.97)
    expect(quality('full')).toBeLessThan(1.03)
    expect(quality('windowed:500')).toBeGreaterThan(0.09)
    expect(quality('windowed:500')).toBeLessThan(0.12)
    expect(quality('windowed:500/10')).toBeGreaterThan(0.8)
    expect(spreadOf().quality()).toBe(1)
  })
})

describe('an epoch', () => {
  test('of six pairs on three pictures, by hand', async () => {
    const path = join(root, 'small')
    const media = ['a', 'b', 'c'].map((name, i) => ({
      ids: [name],
      content: i,
      bytes: Buffer.alloc(100 * (i + 1), name),
    }))
    // A pair uses picture a, b, c, a, b, c; its context is the pair before it.
    const pairs = [...'abcabc'].map((name, i) => ({
      ...{ id: `${i}`, pictures: [name], instruction: 'q', response: 'a'.repeat(i + 1) },
    }))
    const before = pairs.map((_, query) => ({ query, contexts: query === 0 ? [] : [query - 1], scores: null }))
    await writeDataset(path, { media, pairs, contexts: { before } })
    await tokenizeDataset(path, { tokenizer: 'bytes', workers: 0 })
    const options = { context: 'stored:before', shots: 1, batchSize: 2, shuffle: 'none', imageSize: 10 }
    const report = await simulateEpoch(path, { ...options, reuseBytes: 600, compareBytes: [0, 300, 900] })
    // Steps use a b, b c a, a b c; a decoded picture is 300 bytes, so two are kept: the second step finds a and b, and of
    // the three that the third one needs b, which was used longest ago, is decoded again.
    expect(report.pictures).toEqual({
      ...{ uses: 11, distinct: 3, decoded: 4, onceBytes: 900 },
      compared: [
        { bytes: 0, decoded: 8 },
        { bytes: 300, decoded: 6 },
        { bytes: 900, decoded: 3 },
      ],
    })
    expect([report.steps, report.samples, report.contexts, report.faults, report.epoch]).toEqual([3, 6, 5, 0, 0])
    expect(report.shuffle).toBeCloseTo(5 / (5 * (7 / 3)))
    // `<image>User:q GPT:<answer>a<|endofchunk|>` is 15 tokens, one more for each further letter; bos and eos are two.
    const turn = (row: number) => 15 + row
    const lengths = [0, 1, 2, 3, 4, 5].map((row) => 2 + turn(row) + (row === 0 ? 0 : turn(row - 1)))
    const cells = 2 * (lengths[1]! + lengths[3]! + lengths[5]!)
    const used = lengths.reduce((sum, length) => sum + length, 0)
    expect(report.padding).toEqual({ tokens: cells, paddingTokens: cells - used })
    expect(report.plainPadding).toEqual(report.padding)
    expect(report.lengths).toEqual({ pairs: 6, stored: 6 })
    // a and b, then c, then b.
    expect(report.reads.requests).toBe(3)
    expect(report.reads.used).toBe(300 + 300 + 200)
    expect(report.reads.bytes).toBeGreaterThan(300 + 300 + 200)
  })

  test.each<[string, LoaderOptions]>([
    ['batches of a fixed size', {}],
    ['another epoch without reuse', { epochs: 2, reuseBytes: 0 }],
    ['packed rows', { pack: true, batchSize: 4, maxTokens: 700, lengthWindow: 50 }],
    ['a token budget', { tokensPerBatch: 3000, maxTokens: 700, lengthWindow: 50 }],
    ['the order of the data', { shuffle: 'none', batchSize: 3 }],
  ])('is what a stream then does: %s', async (_, given) => {
    const { epochs = 1, ...rest } = given
    const options: LoaderOptions = { shots: 2, imageSize: 8, seed: 3, ...rest }
    const loader = loadMimicIT(data, { ...options, workers: 0, epochs })
    const { plan } = await loader.ready()
    let steps = 0
    let before = loader.stats()
    for await (const { epoch } of loader) {
      if (epoch < epochs - 1) before = loader.stats()
      else steps++
    }
    const stats = loader.stats()
    const report = await simulateEpoch(data, { ...options, epoch: epochs - 1 })
    expect([report.plan, report.steps, report.samples]).toEqual([plan, steps, 128])
    if (epochs > 1) return expect(before.samples).toBeGreaterThanOrEqual(128)
    expect(report.pictures.decoded).toBe(stats.picturesDecoded)
    expect(report.reads).toMatchObject({ bytes: stats.pictureBytesRead, used: stats.pictureBytesUsed })
    expect(report.padding).toEqual({ tokens: stats.tokens, paddingTokens: stats.paddingTokens })
    expect(report.plainPadding).toEqual({ tokens: stats.plainTokens, paddingTokens: stats.plainPaddingTokens })
  })

  test('needs fewer pictures than a cache that forgets what was used longest ago, and a stream does as it says', async () => {
    // A window of 64 samples with two contexts each; six pictures of 16 are kept.
    const options: LoaderOptions = { shots: 2, imageSize: 8, batchSize: 2, shuffle: 'windowed:64', reuseBytes: 6 * 192 }
    const { pictures } = await simulateEpoch(data, { ...options, compareBytes: [] })
    const blind = new LruCache<string, true>(6)
    let decodedBlindly = 0
    const picturesOf = new Map(sourcePairs.map(([id, { image_ids }]) => [id, image_ids]))
    const loader = loadMimicIT(data, { ...options, workers: 0, prefetchBytes: 0 })
    for await (const { ids, contextIds } of loader) {
      for (const picture of new Set([...ids, ...contextIds.flat()].flatMap((id) => picturesOf.get(id)!))) {
        if (blind.get(picture) !== undefined) continue
        decodedBlindly++
        blind.set(picture, true, 1)
      }
    }
    expect(pictures.decoded).toBeLessThan(0.8 * decodedBlindly)
    // What is made ahead is kept in other moments.
    expect(Math.abs(loader.stats().picturesDecoded - pictures.decoded)).toBeLessThan(0.1 * pictures.decoded)
  })

  test.each([0, 1, 4, 16])('decodes as many pictures as it says at most, with %i of 16 kept', async (kept) => {
    // Without token counts, so that the budget is not known either.
    const template = 'simple-blanks'
    const options: LoaderOptions = { shots: 2, imageSize: 8, batchSize: 2, template, reuseBytes: kept * 192 }
    const { pictures, budget } = await simulateEpoch(data, { ...options, compareBytes: [] })
    const loader = loadMimicIT(data, { ...options, workers: 0, prefetchBytes: 0 })
    let steps = 0
    for await (const _ of loader) steps++
    const { picturesDecoded } = loader.stats()
    expect(steps).toBe(64)
    expect(picturesDecoded).toBeGreaterThanOrEqual(pictures.distinct)
    expect(picturesDecoded).toBeLessThanOrEqual(pictures.decoded)
    if (kept === 16) expect(pictures.decoded).toBe(pictures.distinct)
    expect(budget).toBe('not counted')
    expect((await simulateEpoch(data, { ...options, template: 'simple' })).budget).toBe('counted')
  })

  test('of a mixture whose token counts are not all known', async () => {
    const sources = [
      { source: data, weight: 1, subsets: ['LA'], shots: 1 },
      { source: data, weight: 1, template: 'simple-blanks' },
    ]
    const report = await simulateEpoch(sources, { imageSize: 8, epochSamples: 40 })
    expect([report.samples, report.padding]).toEqual([40, undefined])
    expect(report.contexts).toBeGreaterThan(0)
    expect(report.contexts).toBeLessThanOrEqual(20)
  })

  test.each([
    [{ epoch: -1 }, 'MIMICIT_BAD_VALUE'],
    [{ shuffle: 'no' }, 'MIMICIT_UNKNOWN_NAME'],
    [{ signal: AbortSignal.abort() }, 'MIMICIT_ABORTED'],
  ])('with %o is refused', async (change, code) => {
    expect((await faultOf(simulateEpoch(data, change))).code).toBe(code)
  })
})

test('the rate of decoding is measured, and there is none without pictures', async () => {
  expect(await measureDecodeRate(data, { imageSize: 8, workers: 0, warmUpMs: 1, measureMs: 1 })).toBeGreaterThan(0)
  const bare = join(root, 'bare')
  await writeDataset(bare, { pairs: [{ id: 'one' }] })
  expect(await measureDecodeRate(bare)).toBeUndefined()
})
