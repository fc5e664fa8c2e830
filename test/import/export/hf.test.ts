// Parquet for the hub: what DuckDB reads is what the source had, and the card names what is there.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { exportDataset, exportWith } from '../../../src/import/export/export-dataset.js'
import { hf } from '../../../src/import/export/hf.js'
import { duckRows } from '../../support/duck-rows.js'
import { importFixtures, sourceImages, sourcePairs } from '../../support/fixtures.js'
import { tempDir } from '../../support/temp-dir.js'
import { pictureBytes, writeDataset } from '../../support/write-dataset.js'

const root = tempDir()
const data = join(root, 'data')
beforeAll(() => importFixtures(data))

/** Rows with pictures as hex, so that a difference can be read. */
const rowsOf = async (pattern: string) =>
  (await duckRows(pattern)).map((row) => ({ ...row, images: (row.images as Image[]).map(hex) }))
interface Image {
  readonly bytes: Uint8Array
  readonly path: string
}
const hex = ({ bytes, path }: Image) => ({ bytes: Buffer.from(bytes).toString('hex'), path })

const pictures = new Map(sourceImages)
const expected = sourcePairs.map(([id, { instruction, answer, image_ids, rel_ins_ids }]) => ({
  ...{ id, instruction, answer, 'related instructions': rel_ins_ids },
  images: image_ids.map((image) => hex({ bytes: pictures.get(image)!, path: `${image}.jpg` })),
}))

test('a row for each pair with its pictures, and a card with the features', async () => {
  const out = join(root, 'hf')
  const { losses } = await exportDataset({ source: data, to: 'hf', out })
  expect(readdirSync(join(out, 'data'))).toEqual(['train-00000-of-00001.parquet'])
  expect(await rowsOf(join(out, 'data', '*.parquet'))).toEqual(expected)
  expect(losses.map(({ what }) => what)).toEqual(['contexts of the table train'])
  const card = parse(readFileSync(join(out, 'README.md'), 'utf8').split('---')[1]!)
  expect(card.configs[0].data_files).toEqual([{ split: 'train', path: 'data/train-*.parquet' }])
  expect(card.dataset_info.features).toEqual([
    { name: 'id', dtype: 'string' },
    { name: 'instruction', dtype: 'string' },
    { name: 'answer', dtype: 'string' },
    { name: 'images', list: 'image' },
    { name: 'related instructions', list: 'string' },
  ])
})

test('several files, row groups of bounded size', async () => {
  const out = join(root, 'several')
  const forms = { hf: hf({ rowGroupBytes: 300_000, rowGroupRows: 5, fileBytes: 1_000_000 }) }
  await exportWith(forms, { source: data, to: 'hf', out })
  const files = readdirSync(join(out, 'data')).sort()
  const count = String(files.length).padStart(5, '0')
  expect(files).toEqual(files.map((_, n) => `train-${String(n).padStart(5, '0')}-of-${count}.parquet`))
  expect(files.length).toBeGreaterThan(2)
  expect(await rowsOf(join(out, 'data', '*.parquet'))).toEqual(expected)
})

test('a file for each split; text without pictures; odd ids', async () => {
  const source = join(root, 'splits')
  await writeDataset(source, {
    media: [{ ids: ['../é', 'b'], content: 1 }],
    pairs: [
      { id: 'T_INS_0', split: 'test', pictures: ['../é', 'b'] },
      { id: 'T_INS_1', split: 'train' },
    ],
  })
  const out = join(root, 'splits-hf')
  const { losses } = await exportDataset({ source, to: 'hf', out })
  const names = ['test-00000-of-00001.parquet', 'train-00000-of-00001.parquet']
  expect(readdirSync(join(out, 'data')).sort()).toEqual(names)
  const bytes = Buffer.from(pictureBytes(1)).toString('hex')
  expect(await rowsOf(join(out, 'data', names[0]!))).toMatchObject([
    {
      id: 'T_INS_0',
      images: [
        { bytes, path: expect.stringMatching(/^_~[0-9a-f]{32}\.png$/) },
        { bytes, path: 'b.png' },
      ],
    },
  ])
  expect(await rowsOf(join(out, 'data', names[1]!))).toMatchObject([{ id: 'T_INS_1', images: [] }])
  expect(losses.map(({ what }) => what)).toEqual(['further ids of a picture', 'ids of pictures that are no file name'])
})
