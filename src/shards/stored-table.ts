// The tables of a data set by name, opened with the sums that guard them: `pairs`, `media`, `context/<name>`,
// `lengths/<name>`.
import { MimicitError, show } from '../base/errors.js'
import type { Store } from '../io/store.js'
import { openIndexFile } from './index-file.js'
import type { IndexFileRecord, Manifest, ShardRecord } from './manifest.js'
import { MANIFEST } from './manifest-file.js'
import { decodeSums, type Piece, SUM_BYTES } from './sums.js'
import { openTable, type TableReader } from './table-reader.js'
import { schemaOf } from './table-schema.js'

/** `pairs`, `media`, `context/` and the name of an in-context function, or `lengths/` and the name of token counts. */
export type TableName = 'pairs' | 'media' | `context/${string}` | `lengths/${string}`

/** Every table of a data set. */
export function tableNames(manifest: Manifest): TableName[] {
  return [
    ...(['pairs', 'media'] as const),
    ...Object.keys(manifest.contexts).map((name) => `context/${name}` as const),
    ...Object.keys(manifest.lengths ?? {}).map((name) => `lengths/${name}` as const),
  ]
}

/** The shards of a table. */
export function shardsOf(manifest: Manifest, name: TableName): readonly ShardRecord[] {
  if (name === 'pairs' || name === 'media') return manifest.tables[name].shards
  const [kind, key = ''] = name.split(/\/(.*)/s)
  return (kind === 'lengths' ? manifest.lengths?.[key] : manifest.contexts[key])?.shards ?? []
}

/**
 * The record of an index file.
 * @throws MimicitError MIMICIT_BAD_MANIFEST if the manifest has none of that name, or one for another number of rows
 */
export function indexRecord(manifest: Manifest, name: string): IndexFileRecord {
  const record = Object.hasOwn(manifest.indexes, name) ? manifest.indexes[name] : undefined
  const { pairs, media } = manifest.tables
  const records = { 'media.loc': media.rows, 'pairs.ids': pairs.rows }[name]
  if (record !== undefined && (records ?? record.records) === record.records) return record
  throw new MimicitError('MIMICIT_BAD_MANIFEST', {
    expected: `an index ${name}${records === undefined ? '' : ` of ${records} records`}`,
    where: MANIFEST,
    received: record === undefined ? `only ${Object.keys(manifest.indexes).join(', ')}` : `one of ${record.records}`,
    hint: 'Rebuild the indexes with `mimicit index`.',
  })
}

/**
 * The records of an index, block by block: never more than 64 KiB of it at a time.
 * @throws MimicitError MIMICIT_CORRUPT, MIMICIT_NOT_FOUND
 */
export async function* indexBlocks(store: Store, record: IndexFileRecord): AsyncGenerator<Uint8Array> {
  const file = await store.open(record.path)
  try {
    yield* (await openIndexFile(file, record)).blocks()
  } finally {
    await file.close()
  }
}

/**
 * The pieces of every shard of a table.
 * @throws MimicitError MIMICIT_CORRUPT, MIMICIT_NOT_FOUND, MIMICIT_BAD_MANIFEST
 */
export async function loadSums(store: Store, manifest: Manifest, name: TableName): Promise<Piece[][]> {
  const record = indexRecord(manifest, `${name}.sums`)
  const file = await store.open(record.path)
  try {
    const index = await openIndexFile(file, record, SUM_BYTES)
    const sizes = shardsOf(manifest, name).map((shard) => shard.bytes)
    return decodeSums(await index.all(), sizes, record.path)
  } finally {
    await file.close()
  }
}

/**
 * Opens a table of a data set for reading some of its columns; everything but pictures is checked before it is used.
 * @throws MimicitError MIMICIT_UNKNOWN_NAME for a table or a column that it does not have
 */
export function openStoredTable(
  store: Store,
  manifest: Manifest,
  name: TableName,
  columns: readonly string[],
): TableReader {
  if (!tableNames(manifest).includes(name)) throw unknown('the table', tableNames(manifest), name)
  const known = schemaOf(name).columns.map((column) => column.name)
  const odd = columns.find((column) => !known.includes(column))
  if (odd !== undefined) throw unknown(`a column of ${name}`, known, odd)
  return openTable(store, shardsOf(manifest, name), columns, () => loadSums(store, manifest, name), manifest.form)
}

const unknown = (where: string, known: readonly string[], received: unknown) =>
  new MimicitError('MIMICIT_UNKNOWN_NAME', {
    expected: `one of ${known.join(', ')}`,
    where,
    received: show(received),
    hint: 'Check the spelling.',
  })
