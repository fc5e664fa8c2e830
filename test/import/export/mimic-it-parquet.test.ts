// Images as Parquet beside the original JSON files: what DuckDB reads is what the source had.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetMetadataAsync } from 'hyparquet'
import { beforeAll, expect, test } from 'vitest'
import { exportDataset, exportWith } from '../../../src/import/export/export-dataset.js'
import { mimicItParquet } from '../../../src/import/export/mimic-it-parquet.js'
import { duckRows } from '../../support/duck-rows.js'
import { importFixtures, sourceImages } from '../../support/fixtures.js'
import { tempDir } from '../../support/temp-dir.js'

const root = tempDir()
const data = join(root, 'data')
beforeAll(() => importFixtures(data))

const expected = sourceImages.map(([id, bytes]) => ({ base64: bytes.toString('base64'), id }))

test('one file of id and base64, with the index named for pandas; the JSON files are those of mimic-it', async () => {
  const out = join(root, 'one')
  const { losses } = await exportDataset({ source: data, to: 'mimic-it-parquet', out })
  await exportDataset({ source: data, to: 'mimic-it', out: join(root, 'json') })
  expect(losses).toEqual([])
  const jsons = ['CGD_instructions.json', 'CGD_train.json', 'LA_instructions.json', 'LA_train.json']
  expect(readdirSync(out).sort()).toEqual([...jsons.slice(0, 2), 'LA.parquet', ...jsons.slice(2)])
  for (const path of jsons) {
    expect(readFileSync(join(out, path)).equals(readFileSync(join(root, 'json', path)))).toBe(true)
  }
  expect(await duckRows(join(out, 'LA.parquet'))).toEqual(expected)
  const bytes = readFileSync(join(out, 'LA.parquet'))
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  const { key_value_metadata } = await parquetMetadataAsync(file)
  const pandas = JSON.parse(key_value_metadata!.find(({ key }) => key === 'pandas')!.value!)
  expect(pandas).toMatchObject({ index_columns: ['id'], columns: [{ name: 'base64' }, { name: 'id' }] })
})

test('more than a part becomes a directory of parts', async () => {
  const out = join(root, 'parts')
  const forms = { 'mimic-it-parquet': mimicItParquet({ rowGroupBytes: 300_000, partBytes: 1_000_000 }) }
  await exportWith(forms, { source: data, to: 'mimic-it-parquet', out })
  const parts = readdirSync(join(out, 'LA.parquet')).sort()
  expect(parts.length).toBeGreaterThan(2)
  expect(parts).toEqual(parts.map((_, number) => `part.${number}.parquet`))
  expect(await duckRows(join(out, 'LA.parquet', '*.parquet'))).toEqual(expected)
})
