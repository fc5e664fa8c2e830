// Images of MIMIC-IT in Parquet: what pandas, dask and others write becomes the same data set as the JSON file, and
// whatever cannot be read says why.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import type { SchemaElement } from 'hyparquet'
import { beforeAll, describe, expect, test } from 'vitest'
import { importDataset } from '../../src/import/import-dataset.js'
import { loadZstd } from '../../src/io/zstd.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { faultOf } from '../support/fault.js'
import { SOURCES, sourceImages } from '../support/fixtures.js'
import { pandasMetadata, writeParquet, writeParquetImages } from '../support/parquet-images.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
let made = 0
const fresh = (name = '') => join(root, `${made++}${name}`)
const pictures = sourceImages.map(([id, bytes]) => [id, Buffer.from(bytes).toString('base64')] as const)
const { instructions, train } = SOURCES

async function importWith(images: string, change: object = {}) {
  const out = fresh()
  return importDataset({ paths: instructions, images: [images], train, out, ...change })
}

/** The order key is a hash of all ids in order, the shards hold everything else. */
const contentOf = ({ manifest }: Awaited<ReturnType<typeof importWith>>) => [manifest.orderKey, manifest.tables]
let fromJson: unknown[]
beforeAll(async () => {
  fromJson = contentOf(await importWith(SOURCES.images[0]!))
})

describe('the same data set as from JSON', () => {
  test.each(['__null_dask_index__', '__index_level_0__', 'id'])('with the index %s', async (index) => {
    const path = fresh('.parquet')
    writeParquetImages(path, pictures, index)
    const imported = await importWith(path)
    expect(contentOf(imported)).toEqual(fromJson)
    expect(imported.issues).toEqual([])
    expect((await verifyDataset(imported.out, { deep: true })).ok).toBe(true)
  })

  test('the index of pandas is taken among several columns of text, the only other one without it', async () => {
    const columns = [
      { name: 'note', type: 'STRING' as const, data: pictures.map(() => 'a note') },
      { name: 'base64', type: 'STRING' as const, data: pictures.map(([, text]) => text) },
      { name: 'key', type: 'STRING' as const, data: pictures.map(([id]) => id) },
    ]
    const indexed = fresh('.parquet')
    writeParquet(indexed, columns, { kvMetadata: pandasMetadata('key') })
    expect(contentOf(await importWith(indexed))).toEqual(fromJson)
    const plain = fresh('.parquet')
    writeParquet(plain, columns.slice(1), { kvMetadata: pandasMetadata({ kind: 'range' }) })
    expect(contentOf(await importWith(plain))).toEqual(fromJson)
    const unclear = fresh('.parquet')
    writeParquet(unclear, columns)
    const fault = await faultOf(importWith(unclear))
    expect([fault.code, fault.parts.where]).toEqual(['MIMICIT_BAD_RECORD', unclear])
    expect(fault.message).toContain('note, base64, key')
  })

  test('of a folder, part 2 before part 10, other files passed over', async () => {
    const folder = fresh()
    mkdirSync(folder)
    for (const [i, picture] of pictures.entries()) writeParquetImages(join(folder, `part.${i}.parquet`), [picture])
    expect(pictures.length).toBeGreaterThan(10)
    writeFileSync(join(folder, '_metadata.parquet'), 'no rows')
    writeFileSync(join(folder, '_SUCCESS'), '')
    const imported = await importWith(folder)
    expect(contentOf(imported)).toEqual(fromJson)
    expect(imported.sourceBytes).toBeGreaterThan(10_000)
  })

  test('of several row groups, in the alphabet of addresses, without padding, with line breaks', async () => {
    const path = fresh('.parquet')
    const other = pictures.map(([id, text]) => {
      const safe = text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
      return [id, safe.replace(/(.{76})/g, '$1\n')] as const
    })
    writeParquetImages(path, other, 'id', { rowGroupSize: 3, kvMetadata: pandasMetadata('id') })
    expect(contentOf(await importWith(path))).toEqual(fromJson)
  })

  test.each(['UNCOMPRESSED', 'SNAPPY', 'ZSTD', 'GZIP', 'BROTLI'] as const)('compressed with %s', async (codec) => {
    const { compress } = await loadZstd()
    const compressors = { ZSTD: compress, GZIP: gzipSync, BROTLI: brotliCompressSync }
    const path = fresh('.parquet')
    writeParquetImages(path, pictures, 'id', { codec, compressors, kvMetadata: pandasMetadata('id') })
    expect(contentOf(await importWith(path))).toEqual(fromJson)
  })

  test('of a file by another writer, with pages of the first kind', async () => {
    const path = fresh('.parquet')
    const json = fresh('.json')
    writeFileSync(json, JSON.stringify(pictures.map(([id, base64]) => ({ id, base64 }))))
    const script = `
      const { ParquetWriter, ParquetSchema } = require('parquetjs-lite')
      const text = { type: 'UTF8', optional: true, compression: 'SNAPPY' }
      ParquetWriter.openFile(new ParquetSchema({ base64: text, id: text }), ${JSON.stringify(path)}).then(async (to) => {
        for (const row of JSON.parse(require('fs').readFileSync(${JSON.stringify(json)}))) await to.appendRow(row)
        await to.close()
      })`
    const run = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' })
    expect(run.stderr).toBe('')
    expect(contentOf(await importWith(path))).toEqual(fromJson)
  })
})

test('null rows, rows that are no base64 and empty ones follow the policy of broken pictures', async () => {
  const path = fresh('.parquet')
  writeParquetImages(path, [
    [pictures[0]![0], null],
    [pictures[1]![0], '!!!! this is <not> base64 !!!!'],
    [pictures[2]![0], ''],
    ...pictures.slice(3),
  ])
  const fault = await faultOf(importWith(path))
  expect(fault.message).toContain(`picture "${pictures[0]![0]}": null`)
  const { issues, out } = await importWith(path, { broken: 'skip', dangling: 'skip' })
  const told = Object.fromEntries(issues.map(({ code, count }) => [code, count]))
  expect([told.MIMICIT_BAD_PICTURE, told.MIMICIT_BAD_BASE64]).toEqual([2, 1])
  expect((await verifyDataset(out)).ok).toBe(true)
})

test('a list stands for its first element, and that it has others is told', async () => {
  const path = fresh('.parquet')
  const columns = [
    { name: 'base64', data: pictures.map(([, text]) => [text, 'another']) },
    { name: 'id', data: pictures.map(([id]) => id) },
  ]
  const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const
  const schema: SchemaElement[] = [
    { name: 'root', num_children: 2 },
    { name: 'base64', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', repetition_type: 'OPTIONAL', ...text },
    { name: 'id', repetition_type: 'OPTIONAL', ...text },
  ]
  writeParquet(path, columns, { schema })
  const imported = await importWith(path)
  expect(contentOf(imported)).toEqual(fromJson)
  expect(imported.issues).toMatchObject([{ code: 'MIMICIT_MORE_PICTURES', level: 'warning', count: pictures.length }])
})

describe('is refused and leaves nothing', () => {
  test('another codec, by its name', async () => {
    const path = fresh('.parquet')
    writeParquetImages(path, pictures, 'id', { codec: 'LZ4_RAW', compressors: { LZ4_RAW: (bytes) => bytes } })
    const fault = await faultOf(importWith(path))
    expect([fault.code, fault.parts.where]).toEqual(['MIMICIT_UNSUPPORTED', path])
    expect(fault.message).toContain('LZ4_RAW')
  })

  test('another encoding, by its name', async () => {
    const path = fresh('.parquet')
    writeParquet(path, [
      { name: 'base64', type: 'STRING', encoding: 'DELTA_BYTE_ARRAY', data: pictures.map(([, text]) => text) },
      { name: 'id', type: 'STRING', data: pictures.map(([id]) => id) },
    ])
    const fault = await faultOf(importWith(path))
    expect(fault.code).toBe('MIMICIT_UNSUPPORTED')
    expect(fault.message).toContain('base64 as DELTA_BYTE_ARRAY')
  })

  test('a file without the column, an id that is null, a folder without parts, a file that is cut short', async () => {
    const text = { type: 'STRING' as const, nullable: true }
    const without = fresh('.parquet')
    writeParquet(without, [{ ...text, name: 'id', data: ['a'] }])
    expect((await faultOf(importWith(without))).message).toContain('a column base64')
    const nameless = fresh('.parquet')
    writeParquet(nameless, [
      { ...text, name: 'base64', data: ['AAAA'] },
      { ...text, name: 'id', data: [null] },
    ])
    const fault = await faultOf(importWith(nameless))
    expect([fault.code, fault.parts.where]).toEqual(['MIMICIT_BAD_RECORD', `${nameless}, row 0, column id`])
    const empty = fresh()
    mkdirSync(empty)
    expect((await faultOf(importWith(empty))).code).toBe('MIMICIT_NOT_FOUND')
    const cut = fresh('.parquet')
    writeParquetImages(cut, pictures)
    writeFileSync(cut, readFileSync(cut).subarray(0, -3))
    expect((await faultOf(importWith(cut))).code).toBe('MIMICIT_CORRUPT')
  })

  test('every flip of a bit is a fault that says where, or does no harm', async () => {
    const path = fresh('.parquet')
    const few = pictures.slice(0, 1).map(([id, text]) => [id, text.slice(0, 400)] as const)
    writeParquetImages(path, few)
    const sound = readFileSync(path)
    for (let at = 0; at < sound.byteLength; at += 3) {
      const bytes = Buffer.from(sound)
      bytes[at]! ^= 0x40
      writeFileSync(path, bytes)
      const fault = await faultOf(importWith(path))
      expect(fault.code).not.toBe('MIMICIT_INTERNAL')
      expect(fault.message).toContain(root)
    }
  }, 60_000)
})
