// Parquet as datasets, pandas and pyarrow really write it (fixtures/parquet/make.py), in every form that was found: all become
// the same data set.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { importDataset } from '../../src/import/import-dataset.js'
import { openDataset } from '../../src/shards/dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { fixture, SOURCES } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const folder = fixture('parquet')
const root = tempDir()
let made = 0

async function imported(paths: readonly string[], images?: readonly string[]) {
  const { out, issues } = await importDataset({ paths, images, dangling: 'skip', out: join(root, `${made++}`) })
  expect((await verifyDataset(out, { deep: true })).ok).toBe(true)
  const dataset = await openDataset(out)
  try {
    const pairs = []
    for await (const [, { id, instruction, response, mediaIds, split, metadata }] of dataset.pairs()) {
      pairs.push({ id, instruction, response, mediaIds, split, metadata })
    }
    const { rows } = dataset.manifest.tables.media
    const pictures = await Promise.all(Array.from({ length: rows }, (_, row) => dataset.picture(row)))
    const contexts: (readonly number[])[] = []
    if ('rel_ins_ids' in dataset.manifest.contexts) {
      const table = await dataset.context('rel_ins_ids')
      for (const query of table.queries) contexts.push((await table.get(query))!.contexts)
    }
    return { pairs, pictures: pictures.map((bytes) => Buffer.from(bytes).toString('base64')), contexts, issues }
  } finally {
    await dataset.close()
  }
}

const RELATED = [[1], [0, 2], [], [], [0]]
const TEXTS = [
  ['LA_INS_0', 'What is it?', 'Red.'],
  ['LA_INS_1', 'And this? 漢', 'Green & blue.'],
  ['LA_INS_2', 'None?', 'Nothing.'],
  ['LA_INS_3', 'No list?', 'Nothing.'],
  ['LA_INS_4', 'Red again?', 'Yes.'],
]
const MEDIA = [['LA_IMG_0'], ['LA_IMG_1', 'LA_INS_1_1'], [], [], ['LA_IMG_0']]
/** Of a PNG, a JPEG and a WebP. */
const HEADS = [/^iVBOR/, /^\/9j\//, /^UklGR/]

type Pairs = Awaited<ReturnType<typeof imported>>['pairs']
const textsOf = (pairs: Pairs) => pairs.map(({ id, instruction, response }) => [id, instruction, response])

describe('rows of a Hugging Face data set', () => {
  test.each(readdirSync(folder).filter((name) => name.startsWith('hf-')))('%s', async (name) => {
    const { pairs, pictures, contexts, issues } = await imported([join(folder, name)])
    expect(textsOf(pairs)).toEqual(TEXTS)
    expect(pairs.map(({ mediaIds }) => mediaIds)).toEqual(MEDIA)
    expect(pairs.map(({ metadata }) => metadata)).toEqual([null, null, null, null, null])
    expect(contexts).toEqual(RELATED)
    expect(pictures).toHaveLength(3)
    for (const [i, head] of HEADS.entries()) expect(pictures[i]).toMatch(head)
    expect(issues).toEqual([])
  })

  test('a picture a row, and further columns', async () => {
    const { pairs, contexts } = await imported([join(folder, 'single/image.parquet')])
    expect(textsOf(pairs)).toEqual(TEXTS)
    expect(pairs.map(({ mediaIds }) => mediaIds)).toEqual([['LA_IMG_0'], ['LA_IMG_1'], [], [], ['LA_IMG_0']])
    expect(pairs.map(({ metadata }) => metadata)).toEqual([
      '{"score":0.5}',
      null,
      '{"score":2}',
      '{"score":3}',
      '{"score":4}',
    ])
    expect(contexts).toEqual(RELATED)
  })

  test('pictures that Pillow had open have no names: those of their pairs, and the same one is stored once', async () => {
    const { pairs, pictures } = await imported([join(folder, 'opened/pillow.parquet')])
    const names = [['LA_INS_0_0'], ['LA_INS_1_0', 'LA_INS_1_1'], [], [], ['LA_INS_4_0']]
    expect(pairs.map(({ mediaIds }) => mediaIds)).toEqual(names)
    expect(pictures).toHaveLength(3)
  })

  test('the folder of a data set of the hub has its splits', async () => {
    const { pairs, pictures } = await imported([join(folder, 'hub')])
    const splits = Object.fromEntries(pairs.map(({ id, split }) => [id, split]))
    expect(splits).toEqual({
      LA_INS_0: 'train',
      LA_INS_1: 'train',
      LA_INS_2: 'train',
      LA_INS_3: 'train',
      LA_INS_4: 'test',
    })
    expect(pictures).toHaveLength(3)
  })
})

describe('images of MIMIC-IT', () => {
  let fromJson: Awaited<ReturnType<typeof imported>>
  beforeAll(async () => {
    fromJson = await imported(SOURCES.instructions, [join(folder, 'images.json')])
  })

  test.each(readdirSync(join(folder, 'images')))('%s', async (name) => {
    const fromParquet = await imported(SOURCES.instructions, [join(folder, 'images', name)])
    expect(fromParquet).toEqual(fromJson)
    expect(fromParquet.pictures).toHaveLength(3)
  })
})
