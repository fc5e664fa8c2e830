// Rows of a Hugging Face data set in local Parquet: every way in which pictures stand in them.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { SchemaElement } from 'hyparquet'
import { expect, test } from 'vitest'
import { importDataset } from '../../src/import/import-dataset.js'
import { openDataset } from '../../src/shards/dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { faultOf } from '../support/fault.js'
import { sourceImages } from '../support/fixtures.js'
import { writeParquet } from '../support/parquet-images.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
let made = 0
const fresh = (name = '') => join(root, `${made++}${name}`)
const [red, green, blue] = sourceImages.map(([, bytes]) => new Uint8Array(bytes)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
]

const utf8 = { type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' } as const
const text = (name: string): SchemaElement[] => [{ name, ...utf8 }]
const list = (name: string, element: SchemaElement[]): SchemaElement[] => [
  { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  ...element,
]
const picture = (name: string): SchemaElement[] => [
  { name, repetition_type: 'OPTIONAL', num_children: 2 },
  { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
  { name: 'path', ...utf8 },
]
const bare = (name: string): SchemaElement[] => [{ name, type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' }]

const kinds = {
  id: text('id'),
  instruction: text('instruction'),
  answer: text('answer'),
  images: list('images', picture('element')),
  image: picture('image'),
  'related instructions': list('related instructions', text('element')),
  note: text('note'),
  count: [{ name: 'count', type: 'INT64', repetition_type: 'OPTIONAL' }] as SchemaElement[],
}

/** Writes rows; the columns are those of the first row. */
function write(path: string, rows: readonly Record<string, unknown>[], change: Record<string, SchemaElement[]> = {}) {
  const names = Object.keys(rows[0]!)
  const schema = names.flatMap((name) => change[name] ?? kinds[name as keyof typeof kinds])
  const columns = names.map((name) => ({ name, data: rows.map((row) => row[name]) }))
  writeParquet(path, columns, { schema: [{ name: 'root', num_children: names.length }, ...schema], rowGroupSize: 2 })
  return path
}

async function imported(paths: string[], change: object = {}) {
  const { out, issues } = await importDataset({ paths, out: fresh(), ...change })
  expect((await verifyDataset(out, { deep: true })).ok).toBe(true)
  const dataset = await openDataset(out)
  const pairs = []
  for await (const [, pair] of dataset.pairs()) pairs.push(pair)
  const pictures = await Promise.all(
    Array.from({ length: dataset.manifest.tables.media.rows }, (_, row) => dataset.picture(row)),
  )
  const contexts: unknown[] = []
  if ('rel_ins_ids' in dataset.manifest.contexts) {
    const table = await dataset.context('rel_ins_ids')
    for (const query of table.queries) contexts.push((await table.get(query))!.contexts)
  }
  await dataset.close()
  return { pairs, pictures, contexts, issues }
}

const row = (n: number, images: unknown, related: string[] = []) => ({
  id: `LA_INS_${n}`,
  instruction: `What is ${n}?`,
  answer: `It is ${n}.`,
  images,
  'related instructions': related,
})

test('pictures have the names of their files, rows their splits, and a folder is read part by part', async () => {
  const folder = fresh()
  mkdirSync(join(folder, 'data'), { recursive: true })
  const part = (name: string) => join(folder, 'data', `${name}.parquet`)
  write(part('train-00000-of-00002'), [
    row(0, [{ bytes: red, path: 'LA_IMG_0.jpg' }]),
    row(1, [{ bytes: red, path: 'some/where/LA_IMG_0.jpg' }], ['LA_INS_0', 'LA_INS_2']),
    row(2, [
      { bytes: green, path: 'LA_IMG_1.png' },
      { bytes: red, path: 'LA_IMG_0.jpg' },
    ]),
  ])
  write(part('train-00001-of-00002'), [row(3, [])])
  write(part('validation-00000-of-00001'), [row(4, null)])
  const { pairs, pictures, contexts, issues } = await imported([folder])
  expect(pairs.map(({ id, split, subset, mediaIds }) => [id, split, subset, mediaIds])).toEqual([
    ['LA_INS_0', 'train', 'LA', ['LA_IMG_0']],
    ['LA_INS_1', 'train', 'LA', ['LA_IMG_0']],
    ['LA_INS_2', 'train', 'LA', ['LA_IMG_1', 'LA_IMG_0']],
    ['LA_INS_3', 'train', 'LA', []],
    ['LA_INS_4', 'validation', 'LA', []],
  ])
  expect(pictures.map((bytes) => Buffer.from(bytes))).toEqual([Buffer.from(red), Buffer.from(green)])
  expect(contexts[1]).toEqual([0, 2])
  expect(issues).toEqual([])
})

test('a file name that several pictures have, and none, become the id of the pair and a number', async () => {
  const path = write(fresh('.parquet'), [
    row(0, [
      { bytes: red, path: 'image.png' },
      { bytes: blue, path: 'own.png' },
    ]),
    row(1, [
      { bytes: green, path: 'image.png' },
      { bytes: blue, path: null },
    ]),
  ])
  const { pairs, pictures } = await imported([path])
  expect(pairs.map(({ mediaIds }) => mediaIds)).toEqual([
    ['LA_INS_0_0', 'own'],
    ['LA_INS_1_0', 'LA_INS_1_1'],
  ])
  expect(pairs.map(({ split }) => split)).toEqual([null, null])
  expect(pictures.length).toBe(3)
})

test('a list of bytes, a single picture, no related instructions, further columns', async () => {
  const { 'related instructions': _, ...plain } = row(0, [red, blue])
  const bytes = write(fresh('.parquet'), [{ ...plain, note: 'kept', count: 7n }], {
    images: list('images', bare('element')),
  })
  const { pairs, contexts } = await imported([bytes])
  expect(pairs[0]!.mediaIds).toEqual(['LA_INS_0_0', 'LA_INS_0_1'])
  expect(pairs[0]!.metadata).toBe('{"note":"kept","count":7}')
  expect(contexts).toEqual([])
  const { images: __, ...rest } = plain
  const single = write(fresh('.parquet'), [{ ...rest, image: { bytes: green, path: 'g.jpeg' } }])
  expect((await imported([single])).pairs[0]!.mediaIds).toEqual(['g'])
  const naked = write(fresh('.parquet'), [{ ...rest, image: green }], { image: bare('image') })
  expect((await imported([naked])).pairs[0]!.mediaIds).toEqual(['LA_INS_0_0'])
})

test('pictures in files of their own, named by their ids', async () => {
  const pictures = write(fresh('.parquet'), [
    { id: 'LA_IMG_0', image: { bytes: red, path: null } },
    { id: 'LA_IMG_1', image: { bytes: blue, path: 'x.png' } },
  ])
  const texts = write(fresh('.parquet'), [row(0, ['LA_IMG_1', 'LA_IMG_0'])], {
    images: list('images', text('element')),
  })
  const { pairs } = await imported([texts, pictures])
  expect(pairs[0]).toMatchObject({ mediaIds: ['LA_IMG_1', 'LA_IMG_0'], media: [1, 0] })
})

test('a picture that is only a path is told as one that is not there', async () => {
  const path = write(fresh('.parquet'), [row(0, [{ bytes: null, path: '/home/somebody/x.jpg' }])])
  const fault = await faultOf(importDataset({ paths: [path], out: fresh() }))
  expect(fault.code).toBe('MIMICIT_NOT_FOUND')
  expect(fault.message).toContain('/home/somebody/x.jpg')
})

test('other columns, a row without an answer, an unknown input', async () => {
  const other = write(fresh('.parquet'), [{ id: 'a', instruction: 'b' }])
  expect((await faultOf(importDataset({ paths: [other], out: fresh() }))).code).toBe('MIMICIT_UNSUPPORTED')
  const named = await faultOf(importDataset({ from: 'hf', paths: [other], out: fresh() }))
  expect([named.code, named.parts.where]).toEqual(['MIMICIT_BAD_RECORD', other])
  expect(named.message).toContain('id, instruction and answer')
  const empty = write(fresh('.parquet'), [{ ...row(0, []), answer: null }])
  const fault = await faultOf(importDataset({ paths: [empty], out: fresh() }))
  expect([fault.code, fault.parts.where]).toEqual([
    'MIMICIT_BAD_RECORD',
    `column answer of ${empty}, row 0, "LA_INS_0"`,
  ])
  const root = await faultOf(importDataset({ paths: [empty], root: '/', out: fresh() }))
  expect(root.code).toBe('MIMICIT_UNKNOWN_OPTION')
})
