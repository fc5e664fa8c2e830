// Everybody else reads it: other implementations give the same values for every table as our reader does.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { tableFromIPC } from 'apache-arrow'
import { parquetMetadataAsync } from 'hyparquet'
import { readParquet } from 'parquet-wasm'
import { beforeAll, describe, expect, test } from 'vitest'
import { rewriteDataset } from '../../src/layout/rewrite.js'
import { tokenizeDataset } from '../../src/layout/tokenize/tokenize-dataset.js'
import type { TableName } from '../../src/shards/stored-table.js'
import { arrowFileRows, arrowRows } from '../support/arrow-rows.js'
import { importFixtures, sourceImages } from '../support/fixtures.js'
import { writeSmallDataset } from '../support/small-dataset.js'
import { plain, tableRows } from '../support/table-rows.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
/** The fixtures, and a set that has what they lack: nulls beside values, several ids, scores. */
const sets: readonly (readonly [name: string, table: TableName])[] = [
  ...(['pairs', 'media', 'context/rel_ins_ids', 'context/train'] as const).map((table) => ['real', table] as const),
  ...(['pairs', 'media', 'context/near', 'lengths/bytes-simple'] as const).map((table) => ['small', table] as const),
]

beforeAll(async () => {
  await importFixtures(join(root, 'real'))
  await writeSmallDataset(join(root, 'small'))
  await tokenizeDataset(join(root, 'small'), { tokenizer: 'bytes', ids: true, workers: 0 })
  for (const name of ['real', 'small']) {
    const source = join(root, name)
    await rewriteDataset({ source, out: join(root, `${name}-arrow`), form: 'arrow' })
    await rewriteDataset({ source, out: join(root, `${name}-compat`), form: 'parquet', compat: true })
  }
})

test('what is compared has pictures, nulls and scores', async () => {
  const media = await tableRows(join(root, 'real'), 'media')
  expect(media.map((row) => (row.image as { bytes: string }).bytes)).toEqual(
    sourceImages.map(([, bytes]) => bytes.toString('hex')),
  )
  expect((await tableRows(join(root, 'small'), 'context/near'))[0]).toEqual({ query: 1, contexts: [0], scores: [0.5] })
  const metadata = (await tableRows(join(root, 'small'), 'pairs')).slice(0, 2).map((row) => row.metadata)
  expect(metadata).toEqual(['{"k":1}', null])
})

describe('DuckDB', () => {
  let database: DuckDBConnection
  beforeAll(async () => {
    const instance = await DuckDBInstance.create(':memory:')
    database = await instance.connect()
    return () => {
      database.closeSync()
      instance.closeSync()
    }
  })

  const rowsOf = async (dir: string, table: string) => {
    const pattern = join(dir, table, '*.parquet').replaceAll("'", "''")
    const result = await database.runAndReadAll(`SELECT * FROM read_parquet('${pattern}')`)
    return result.getRowObjectsJS().map(plain)
  }

  test.each(sets)('reads %s %s', async (name, table) => {
    expect(await rowsOf(join(root, name), table)).toEqual(await tableRows(join(root, name), table))
  })

  test.each(sets)('reads the compat profile of %s %s', async (name, table) => {
    expect(await rowsOf(join(root, `${name}-compat`), table)).toEqual(await tableRows(join(root, name), table))
  })
})

describe('parquet-wasm', () => {
  test.each(sets)('reads %s %s', async (name, table) => {
    const bytes = readFileSync(join(root, name, table, '00000.parquet'))
    const read = tableFromIPC(readParquet(new Uint8Array(bytes)).intoIPCStream())
    expect(arrowRows(read)).toEqual(await tableRows(join(root, name), table))
  })
})

describe('apache-arrow', () => {
  test.each(sets)('reads the Arrow form of %s %s, compressed text included', async (name, table) => {
    const read = await arrowFileRows(join(root, `${name}-arrow`, table, '00000.arrow'))
    expect(read).toEqual(await tableRows(join(root, name), table))
  })
})

describe('parquetjs-lite, the old reader,', () => {
  interface OldReader {
    getCursor(): { next(): Promise<Record<string, unknown> | null> }
    close(): Promise<void>
  }
  // It has no type declarations.
  const { ParquetReader: open } = createRequire(import.meta.url)('parquetjs-lite') as {
    ParquetReader: { openFile(path: string): Promise<OldReader> }
  }

  test.each(sets)('reads the compat profile of %s %s', async (name, table) => {
    const reader = await open.openFile(join(root, `${name}-compat`, table, '00000.parquet'))
    const rows: unknown[] = []
    const cursor = reader.getCursor()
    for (let row = await cursor.next(); row !== null; row = await cursor.next()) rows.push(row)
    await reader.close()
    const expected = await tableRows(join(root, name), table)
    // It leaves out what is null, and shows a list as the group that Parquet makes of it.
    expect(rows.map((row, i) => withNulls(unlisted(plain(row)), expected[i]!))).toEqual(expected)
  })

  const unlisted = (row: unknown): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(row as Record<string, unknown>).map(([key, value]) => {
        const isGroup = typeof value === 'object' && value !== null && !Array.isArray(value) && key !== 'image'
        const list = (value as { list?: readonly { element: unknown }[] } | null)?.list ?? []
        return [key, isGroup ? list.map(({ element }) => element) : value]
      }),
    )
  const withNulls = (row: Record<string, unknown>, expected: Record<string, unknown>) =>
    Object.fromEntries(Object.keys(expected).map((key) => [key, row[key] ?? null]))
})

test('the compat profile has a footer of version 1, snappy text and no dictionaries; the usual one version 2 and zstd', async () => {
  const factsOf = async (dir: string) => {
    const bytes = readFileSync(join(root, dir, 'pairs', '00000.parquet'))
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
    const { version, row_groups } = await parquetMetadataAsync(file)
    const metas = row_groups.flatMap(({ columns }) => columns.map((column) => column.meta_data!))
    const codecs = new Set(metas.map(({ codec }) => codec))
    const dictionaries = metas.some(({ encodings }) => encodings.includes('RLE_DICTIONARY'))
    return { version, codecs: [...codecs], dictionaries }
  }
  expect(await factsOf('real-compat')).toEqual({ version: 1, codecs: ['SNAPPY'], dictionaries: false })
  expect(await factsOf('real')).toEqual({ version: 2, codecs: ['ZSTD'], dictionaries: true })
})
