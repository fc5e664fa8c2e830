// One row group of a Parquet table as bytes, apart from the file that it will lie in, so that another thread can make it.
// Its offsets count from 0; whoever appends it to a file moves them, and the file is the one that a single thread writes.
import type { RowGroup } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { loadZstd, type Zstd } from '../io/zstd.js'
import type { ChunkIndexes, EncodedGroup } from './encoded-group.js'
import { CompatParquetWriter } from './parquet-compat.js'
import { parquetSchema } from './parquet-schema.js'
import { fetchColumnTexts, type PlacedColumns, type PlainTexts, stringsOf } from './placed-texts.js'
import { PLAIN_PAGE_BYTES, type PlainChunk } from './plain-chunk.js'
import type { Columns, Profile } from './shard.js'
import type { TableSchema } from './table-schema.js'
import { mayHaveDictionary, writeTextChunk } from './text-chunk.js'

/** Text pages stay below what the zstd encoder takes in one piece. */
const TEXT_PAGE_BYTES = 1 << 20

/** Makes the writer of a file of a table. */
export function parquetWriter(
  buffer: ByteWriter,
  table: TableSchema,
  profile: Profile | undefined,
  zstd: Zstd,
  kvMetadata: readonly { readonly key: string; readonly value: string }[] = [],
): ParquetWriter {
  return new (profile === 'compat' ? CompatParquetWriter : ParquetWriter)({
    writer: buffer,
    schema: parquetSchema(table),
    codec: profile === 'compat' ? 'SNAPPY' : 'ZSTD',
    compressors: { ZSTD: (bytes) => zstd.compress(bytes) },
    kvMetadata: [...kvMetadata],
    createdBy: 'mimicit format 1',
  })
}

/** Writes the pages of one row group where the buffer of the writer stands, but those of a raw column (plain-chunk.ts). */
export function writeGroup(
  writer: ParquetWriter,
  table: TableSchema,
  profile: Profile | undefined,
  rows: number,
  columns: Columns,
): void {
  const textColumns = table.columns.filter((column) => !column.raw)
  writer.write({
    columnData: textColumns.map((column) => ({
      name: column.name,
      data: columns[column.name] as unknown[],
      // Old readers do not know RLE_DICTIONARY either.
      ...(profile === 'compat' ? { encoding: 'PLAIN' as const } : {}),
      ...(column.prose ? { statistics: false } : {}),
    })),
    rowGroupSize: rows,
    pageSize: textColumns.length < table.columns.length ? PLAIN_PAGE_BYTES : TEXT_PAGE_BYTES,
  })
}

const NONE: PlacedColumns = {}
/** Memory of a group, used again for the next: new memory for each would have V8 look for garbage all the time. */
const groupBuffer = new ByteWriter(1 << 16)

/** Encodes a row group by itself. @throws MimicitError MIMICIT_SOURCE_CHANGED, MIMICIT_IO where a placed text is not there */
export async function encodeGroup(
  table: TableSchema,
  profile: Profile | undefined,
  rows: number,
  columns: Columns,
  placed: PlacedColumns = NONE,
): Promise<EncodedGroup> {
  const zstd = await loadZstd()
  // From here on nothing waits, so nobody else uses the memory meanwhile.
  const buffer = groupBuffer
  buffer.index = 0
  buffer.offset = 0
  const writer = parquetWriter(buffer, table, profile, zstd)
  // The writer begins with the file's magic bytes, which are not of the group.
  const before = buffer.offset
  const { texts, others } = fetchColumns(profile, columns, placed)
  for (const part of partsOf(table, texts)) {
    if (part.columns.length > 0) writeGroup(writer, part, profile, rows, others)
    if (part.text === undefined) continue
    const indexes = writeTextChunk(buffer, [part.text], texts.get(part.text)!, TEXT_PAGE_BYTES, zstd)
    writer.pendingIndexes.push(indexes)
    writer.row_groups.push(groupOf(indexes, rows))
  }
  const indexes = writer.pendingIndexes as ChunkIndexes[]
  moveOffsets(indexes, -before)
  return { bytes: buffer.getBytes().slice(before), rows, footer: joined(writer.row_groups), indexes }
}

/** Placed texts as bytes that become a chunk as they are, or as strings where the general writer has to see them. */
function fetchColumns(profile: Profile | undefined, columns: Columns, placed: PlacedColumns) {
  const texts = new Map<string, PlainTexts>()
  const others: Record<string, readonly unknown[]> = { ...columns }
  for (const [name, fetched] of fetchColumnTexts(placed)) {
    if (profile === undefined && !mayHaveDictionary(fetched)) texts.set(name, fetched)
    else others[name] = stringsOf(fetched)
  }
  return { texts, others }
}

/** Columns in their order, cut behind each that is a chunk of its own. */
function partsOf(table: TableSchema, texts: ReadonlyMap<string, unknown>) {
  const parts: { readonly name: string; readonly columns: TableSchema['columns']; readonly text?: string }[] = []
  let columns: TableSchema['columns'][number][] = []
  for (const column of table.columns) {
    if (texts.has(column.name)) {
      parts.push({ name: table.name, columns, text: column.name })
      columns = []
    } else columns.push(column)
  }
  return [...parts, { name: table.name, columns, text: undefined }]
}

const groupOf = ({ chunk }: ChunkIndexes, rows: number): RowGroup => ({
  columns: [chunk],
  total_byte_size: chunk.meta_data!.total_uncompressed_size,
  total_compressed_size: chunk.meta_data!.total_compressed_size,
  num_rows: BigInt(rows),
})

/** Row groups of some columns each, of the same rows, as one. */
function joined(groups: readonly RowGroup[]): RowGroup {
  const [first, ...others] = groups
  return others.reduce(
    (whole, group) => ({
      columns: [...whole.columns, ...group.columns],
      total_byte_size: whole.total_byte_size + group.total_byte_size,
      num_rows: whole.num_rows,
      total_compressed_size: whole.total_compressed_size! + group.total_compressed_size!,
    }),
    first!,
  )
}

/** Appends an encoded row group to the file of a writer. */
export function appendGroup(writer: ParquetWriter, buffer: ByteWriter, group: EncodedGroup): void {
  // The chunks of the footer are those of the indexes, so they move with them.
  moveOffsets(group.indexes, buffer.offset)
  buffer.appendBytes(group.bytes)
  writer.num_rows += BigInt(group.rows)
  writer.row_groups.push(group.footer)
  writer.pendingIndexes.push(...group.indexes)
}

/** Adds a chunk that was written behind those of the last row group to it. */
export function appendChunk(writer: ParquetWriter, { indexes, byteLength }: PlainChunk): void {
  const group = writer.row_groups.at(-1)!
  group.columns.push(indexes.chunk)
  group.total_byte_size += BigInt(byteLength)
  group.total_compressed_size = (group.total_compressed_size ?? 0n) + BigInt(byteLength)
  writer.pendingIndexes.push(indexes)
}

function moveOffsets(indexes: readonly ChunkIndexes[], by: number): void {
  const moved = (offset: bigint) => offset + BigInt(by)
  for (const { chunk, offsetIndex } of indexes) {
    const meta = chunk.meta_data!
    chunk.file_offset = moved(chunk.file_offset)
    meta.data_page_offset = moved(meta.data_page_offset)
    if (meta.dictionary_page_offset !== undefined) meta.dictionary_page_offset = moved(meta.dictionary_page_offset)
    for (const page of offsetIndex?.page_locations ?? []) page.offset = moved(page.offset)
  }
}
