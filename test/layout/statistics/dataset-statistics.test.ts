// Statistics of data sets, against counts that are made here in another way.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { encodeCheckedJson } from '../../../src/base/checked-json.js'
import { reportText } from '../../../src/cli/report-text.js'
import { type DatasetStatistics, datasetStatistics } from '../../../src/layout/statistics/dataset-statistics.js'
import { binsOf, distributionCounter } from '../../../src/layout/statistics/distribution.js'
import { statisticsPicture, statisticsReport } from '../../../src/layout/statistics/statistics-report.js'
import { tokenizeDataset } from '../../../src/layout/tokenize/tokenize-dataset.js'
import { openDataset } from '../../../src/shards/dataset.js'
import { createDataset } from '../../../src/shards/dataset-writer.js'
import { importFixtures } from '../../support/fixtures.js'
import { tempDir } from '../../support/temp-dir.js'

const ASKED = [
  'Describe the scene.',
  'Describe the dog.',
  'Describe the scene.',
  'What is the man holding?',
  '它是什么？',
  'Was ist das?',
]
const ANSWERED = ['A dog runs.', 'Brown.', 'A dog runs.', 'A kite, and a ball of wool.', '一只狗在跑。', 'Ein Hund.']
const LANGUAGES = ['en', 'en', 'en', 'en', 'zh', 'de']

const dir = join(tempDir(), 'set')
const statistics = async (options = {}): Promise<DatasetStatistics> => {
  const dataset = await openDataset(dir)
  return datasetStatistics(dataset, options).finally(() => dataset.close())
}

beforeAll(async () => {
  const writer = await createDataset(dir)
  for (const [n, instruction] of ASKED.entries()) {
    await writer.addPair({
      ...{
        id: `P_${n}`,
        subset: n < 4 ? 'A' : 'B',
        split: null,
        language: LANGUAGES[n]!,
        instruction,
        response: ANSWERED[n]!,
      },
      ...{ mediaKind: 'none', media: [], mediaIds: [], mediaPositions: null, mediaTimes: null, metadata: null },
    })
  }
  const table = await writer.context('near', { name: 'stored', parameters: {} })
  for (let query = 0; query < 4; query++) {
    await table.add({ query, contexts: [0, 1, 2, 3].filter((row) => row < query), scores: null })
  }
  await writer.finish({ tool: 'test' })
})

describe('the statistics of a data set', () => {
  it('count what is in it', async () => {
    const found = await statistics({ tokenizer: 'bytes' })
    expect(found).toMatchObject({
      ...{ pairs: 6, pictures: 0, uniqueInstructions: 5, uniqueResponses: 5 },
      languages: { de: 1, en: 4, zh: 1 },
      subsets: { A: 4, B: 2 },
      mediaKinds: { none: 6 },
      cost: null,
      tokens: {
        by: 'bytes',
        instruction: Buffer.byteLength(ASKED.join('')),
        response: Buffer.byteLength(ANSWERED.join('')),
      },
    })
    // Three words each, five, two (four characters), three.
    expect(found.words.instruction).toMatchObject({
      count: 6,
      min: 2,
      max: 5,
      p50: 3,
      counts: [0, 0, 1, 4, 0, 1],
      beyond: 0,
    })
    expect(found.related.near).toMatchObject({ count: 4, mean: 1.5, counts: [1, 1, 1, 1] })
    expect(found.verbs).toEqual({
      ...{ english: 4, sampled: 4, withVerb: 4, withObject: 3 },
      top: [
        {
          verb: 'describe',
          count: 3,
          nouns: [
            { noun: 'scene', count: 2 },
            { noun: 'dog', count: 1 },
          ],
        },
        { verb: 'hold', count: 1, nouns: [] },
      ],
    })
  })

  it('look at some of the verbs where that is asked for, the same ones every time', async () => {
    const [first, second] = [await statistics({ verbSample: 2 }), await statistics({ verbSample: 2 })]
    expect(first.verbs.sampled).toBeLessThan(4)
    expect(second).toEqual(first)
    expect((await statistics({ verbSample: 0 })).verbs).toMatchObject({ sampled: 0, english: 4, top: [] })
  })

  it('take tokens from a stored table, the same as by counting', async () => {
    expect((await statistics()).tokens).toBeNull()
    await tokenizeDataset(dir, { tokenizer: 'bytes' })
    const { tokens } = await statistics()
    expect(tokens).toMatchObject({ by: 'bytes, table bytes-simple' })
    const counted = (await statistics({ tokenizer: 'bytes' })).tokens!
    expect(tokens!.response).toBeGreaterThanOrEqual(counted.response)
  })

  it('tell what Syphus spent, as the provenance says', async () => {
    const path = join(dir, 'provenance.json')
    const before = await readFile(path)
    const run = (spent: object) => ({ name: 'VQA', syphus: { responder: 'some-model', spent } })
    const made = [
      run({ promptTokens: 100, completionTokens: 20, cost: 0.5 }),
      run({ promptTokens: 1, completionTokens: 2 }),
    ]
    await writeFile(path, encodeCheckedJson({ tool: 'mimicit', made }))
    expect((await statistics()).cost).toEqual({
      promptTokens: 101,
      completionTokens: 22,
      cost: 0.5,
      by: ['some-model'],
    })
    await writeFile(path, '{}')
    await expect(statistics()).rejects.toMatchObject({ code: 'MIMICIT_CORRUPT' })
    await writeFile(path, before)
  })

  it('tell what pictures are like, and what verification finds', async () => {
    const set = join(tempDir(), 'pictures')
    await importFixtures(set)
    const dataset = await openDataset(set)
    const { pictureFacts, issues, ...found } = await datasetStatistics(dataset, { verify: true })
    const rows = found.pictures
    const sides: number[] = []
    let bytes = 0
    for (let row = 0; row < rows; row++) {
      const picture = await dataset.picture(row)
      const { width, height } = await sharp(picture).metadata()
      sides.push(Math.max(width, height))
      bytes += picture.byteLength
    }
    await dataset.close()
    expect(pictureFacts.formats).toEqual({ jpeg: rows })
    expect(pictureFacts.longerSide).toMatchObject({
      ...{ count: rows, min: Math.min(...sides), max: Math.max(...sides) },
      mean: sides.reduce((sum, side) => sum + side) / rows,
    })
    expect(Math.abs(pictureFacts.kilobytes.mean * rows - bytes / 1000)).toBeLessThan(rows / 2)
    expect(issues).toEqual({})
    const text = reportText(statisticsReport({ ...found, pictureFacts, issues: { 'orphan-media': 2 } }, 'A set'))
    expect(text).toMatch(/longer side of a picture, pixels/)
    expect(text).toMatch(/issues\s+orphan-media 2/)
    expect(statisticsPicture({ ...found, pictureFacts, issues })).toContain('Longer sides of pictures')
  })

  it('stop when they are asked to, and refuse options that do not exist', async () => {
    await expect(statistics({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'MIMICIT_ABORTED' })
    await expect(statistics({ verbs: 3 })).rejects.toMatchObject({ code: 'MIMICIT_UNKNOWN_OPTION' })
    await expect(statistics({ tokenizer: '/nowhere/tokenizer.json' })).rejects.toMatchObject({
      code: 'MIMICIT_NOT_FOUND',
    })
  })

  it('are shown as tables and as one picture', async () => {
    const found = await statistics({ tokenizer: 'bytes' })
    const text = reportText(statisticsReport(found, 'A set'))
    expect(text).toMatch(/different instructions\s+5 \(83\.3 %\)/)
    expect(text).toMatch(/describe\s+3\s+scene 2, dog 1/)
    const picture = statisticsPicture(found)
    expect(picture.match(/<svg /g)).toHaveLength(1 + 5)
    expect(picture).toContain('scene: 2')
    expect(picture).not.toMatch(/NaN|undefined/)
  })
})

describe('a distribution', () => {
  it('knows mean, ends and quantiles, and what lies beyond its limit', () => {
    const counter = distributionCounter(10)
    for (let n = 1; n <= 100; n++) counter.add(n % 2 === 0 ? 2 : n)
    const { counts, ...rest } = counter.result()
    expect(rest).toEqual({ count: 100, mean: 26, min: 1, max: 99, p50: 2, p90: 10, p95: 10, p99: 10, beyond: 45 })
    expect(counts).toEqual([0, 1, 50, 1, 0, 1, 0, 1, 0, 1, 0])
  })

  it('of nothing is nothing', () => {
    expect(distributionCounter().result()).toEqual({
      count: 0,
      mean: 0,
      min: 0,
      max: 0,
      p50: 0,
      p90: 0,
      p95: 0,
      p99: 0,
      counts: [],
      beyond: 0,
    })
  })

  it('becomes bars that lose nothing', () => {
    const counter = distributionCounter(1000)
    for (let n = 0; n < 333; n++) counter.add(n)
    const bins = binsOf(counter.result(), 50)
    expect(bins.length).toBeLessThanOrEqual(50)
    expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(333)
    expect(bins.map(({ from }) => from).slice(0, 3)).toEqual([0, 7, 14])
  })
})
