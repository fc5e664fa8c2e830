// A folder instead of its files: the data set that its files would have become, or a clear error.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exportDataset } from '../../src/import/export/export-dataset.js'
import { importDataset } from '../../src/import/import-dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { faultOf } from '../support/fault.js'
import { fixture, MIMIC_IT } from '../support/fixtures.js'
import { writeFiles } from '../support/imported.js'
import { writeParquetImages } from '../support/parquet-images.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
let made = 0
const fresh = () => join(root, `made-${made++}`)

/** LA alone, as it is published. */
function publishedFolder(): string {
  const folder = fresh()
  mkdirSync(folder)
  for (const name of ['LA_instructions.json', 'LA.json', 'LA_train.json']) {
    cpSync(fixture(join('mimicit', name)), join(folder, name))
  }
  return folder
}

async function keyOf(options: Omit<Parameters<typeof importDataset>[0], 'out'>) {
  const out = fresh()
  const { manifest } = await importDataset({ ...options, out })
  expect(await verifyDataset(out, { deep: true })).toMatchObject({ ok: true })
  return { out, orderKey: manifest.orderKey, contexts: Object.keys(manifest.contexts), tables: manifest.tables }
}

test('the folder of a subset is its instructions, images and train files', async () => {
  const folder = publishedFolder()
  writeFiles(folder, { '.cache.json': {} })
  const files = {
    paths: [join(folder, 'LA_instructions.json')],
    images: [join(folder, 'LA.json')],
    train: [join(folder, 'LA_train.json')],
  }
  const [{ out: _, ...whole }, { out: __, ...named }] = [await keyOf({ paths: [folder] }), await keyOf(files)]
  expect(whole).toEqual(named)
  expect(whole.contexts).toContain('train')
  expect((await keyOf({ paths: [folder], from: 'mimic-it' })).orderKey).toBe(named.orderKey)
})

test('its images may be parts in a folder that is named like a file, as dask leaves them', async () => {
  const folder = publishedFolder()
  const { orderKey } = await keyOf({ paths: [folder] })
  rmSync(join(folder, 'LA.json'))
  mkdirSync(join(folder, 'LA.parquet'))
  const pictures = Object.entries(
    JSON.parse(readFileSync(fixture(join('mimicit', 'LA.json')), 'utf8')) as Record<string, string>,
  )
  const half = pictures.length >> 1
  for (const [part, own] of [pictures.slice(0, half), pictures.slice(half)].entries()) {
    writeParquetImages(join(folder, 'LA.parquet', `part.${part}.parquet`), own)
  }
  expect((await keyOf({ paths: [folder] })).orderKey).toBe(orderKey)
})

test('so is what an export wrote, in each form that has a folder', async () => {
  const { out, orderKey, tables } = await keyOf(MIMIC_IT)
  for (const to of ['jsonl', 'mimic-it', 'mimic-it-parquet', 'hf'] as const) {
    const folder = fresh()
    await exportDataset({ source: out, to, out: folder })
    const again = await keyOf({ paths: [folder] })
    expect([again.tables.pairs.rows, again.tables.media.rows], to).toEqual([tables.pairs.rows, tables.media.rows])
    if (to === 'jsonl') expect(again.orderKey).toBe(orderKey)
  }
})

test('the report of an import that failed may lie in the folder that is imported again', async () => {
  const own = writeFiles(fresh(), { 'a.jsonl': [{ instruction: 'q', response: 'a', context: ['gone'] }] })
  const subset = writeFiles(fresh(), {
    'X_instructions.json': { data: { X_INS_1: { instruction: 'q', answer: 'a', rel_ins_ids: ['gone'] } } },
  })
  for (const folder of [own, subset]) {
    const options = { paths: [folder], out: join(folder, 'out') }
    expect((await faultOf(importDataset(options))).code).toBe('MIMICIT_DANGLING_CONTEXT')
    expect(readdirSync(folder)).toContain('out.issues.jsonl')
    const { manifest } = await importDataset({ ...options, dangling: 'skip' })
    expect(manifest.tables.pairs.rows).toBe(1)
  }
})

test('a folder that says nothing clear is refused, with what to do', async () => {
  const empty = fresh()
  mkdirSync(empty)
  const beside = publishedFolder()
  writeFiles(beside, { 'more.json': [1] })
  const dataset = (await keyOf({ paths: [publishedFolder()] })).out
  for (const [folder, message] of [
    [empty, /one without any/],
    [beside, /more\.json .*another file beside them/],
    [dataset, /a data set, which is imported already/],
  ] as const) {
    const fault = await faultOf(importDataset({ paths: [folder], out: fresh() }))
    expect(fault.code).toBe('MIMICIT_UNSUPPORTED')
    expect(fault.message).toMatch(message)
  }
})
