// One row group of a Parquet table as bytes, apart from the file that it will lie in, so that another thread can make it.
// Its offsets count from 0; whoever appends it to a file moves them, and the file is the one that a single thread writes.
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { loadZstd } from '../io/zstd.js'
import type { ChunkIndexes, EncodedGroup } from './encoded-group.js'
import { CompatParquetWriter } from './parquet-compat.js'
import { parquetSchema } from './parquet-schema.js'
import { PLAIN_PAGE_BYTES, type PlainChunk } from './plain-chunk.js'
import type { Columns, Profile } from './shard.js'
import type { TableSchema } from './table-schema.js'

/** Text pages stay below what the zstd encoder takes in one piece. */
const TEXT_PAGE_BYTES = 1 << 20

/** Makes the writer of a file of a table. */
export async function parquetWriter(
  buffer: ByteWriter,
  table: TableSchema,
  profile: Profile | undefined,
  kvMetadata: readonly { readonly key: string; readonly value: string }[] = [],
): Promise<ParquetWriter> {
  const zstd = await loadZstd()
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

/** Encodes a row group by itself. */
export async function encodeGroup(
  table: TableSchema,
  profile: Profile | undefined,
  rows: number,
  columns: Columns,
): Promise<EncodedGroup> {
  const buffer = new ByteWriter(1 << 16)
  const writer = await parquetWriter(buffer, table, profile)
  // The writer begins with the file's magic bytes, which are not of the group.
  const before = buffer.offset
  writeGroup(writer, table, profile, rows, columns)
  const indexes = writer.pendingIndexes as ChunkIndexes[]
  moveOffsets(indexes, -before)
  return { bytes: buffer.getBytes().slice(before), rows, footer: writer.row_groups[0]!, indexes }
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
