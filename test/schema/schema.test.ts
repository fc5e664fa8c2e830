// What stands in schema/ is what the code does.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetMetadataAsync } from 'hyparquet'
import { expect, test } from 'vitest'
import { manifestJsonSchema } from '../../src/shards/manifest-json-schema.js'
import { tableSchemas } from '../../src/shards/table-schema.js'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const read = (name: string) => readFileSync(new URL(`../../schema/${name}`, import.meta.url), 'utf8')
const root = tempDir()

test('manifest.schema.json is made from the schema that reads manifests (node --import tsx scripts/schema.js)', () => {
  expect(JSON.parse(read('manifest.schema.json'))).toEqual(JSON.parse(manifestJsonSchema()))
})

test('FORMAT.md lists every column of every table with its kind and whether it may be null', () => {
  const format = read('FORMAT.md')
  for (const table of tableSchemas) {
    for (const { name, kind, nullable } of table.columns) {
      expect(format, `${table.name}.${name}`).toMatch(
        new RegExp(`\\| \`${name}\` +\\| ${kind.replace(/[<>]/g, '\\$&')} +\\| ${nullable ? 'yes' : 'no'} +\\|`),
      )
    }
  }
})

test('FORMAT.md names every field of the manifest', () => {
  const names = new Set<string>()
  const collect = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    if ('properties' in node) for (const name of Object.keys(node.properties as object)) names.add(name)
    for (const inner of Object.values(node)) collect(inner)
  }
  collect(JSON.parse(read('manifest.schema.json')))
  expect(names.size).toBeGreaterThan(20)
  const format = read('FORMAT.md')
  for (const name of names) expect(format, name).toContain(`\`${name}\``)
})

test('shards have the Parquet profile of FORMAT.md: pictures plain and bare, one a page with an offset index, text zstd', async () => {
  await importFixtures(join(root, 'set'))
  const profile = async (path: string) => {
    const bytes = readFileSync(join(root, 'set', path))
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
    const metadata = await parquetMetadataAsync(file)
    expect(metadata.created_by).toBe('mimicit format 1')
    expect(metadata.key_value_metadata?.map(({ key }) => key)).toEqual(['mimicit', 'huggingface'])
    return metadata.row_groups.flatMap(({ columns }) => columns.map((column) => [column.meta_data!, column] as const))
  }
  for (const [meta, chunk] of await profile('media/00000.parquet')) {
    const name = meta.path_in_schema.join('.')
    const raw = name.startsWith('image.')
    expect([name, meta.codec], name).toEqual([name, raw ? 'UNCOMPRESSED' : 'ZSTD'])
    if (!raw) continue
    expect(meta.encodings).toEqual(['PLAIN'])
    if (name === 'image.bytes') expect(chunk.offset_index_length).toBeGreaterThan(0)
  }
  for (const path of ['pairs/00000.parquet', 'context/train/00000.parquet']) {
    for (const [meta] of await profile(path)) expect(meta.codec).toBe('ZSTD')
  }
})
