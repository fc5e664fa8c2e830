// One row group of a Parquet table as bytes, apart from the file that it will lie in, so that another thread can make it.
// Its offsets count from 0; whoever appends it to a file moves them, and the file is the one that a single thread writes.
import type { RowGroup } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { writeColumn } from 'hyparquet-writer/src/column.js'
import { encodeNestedValues } from 'hyparquet-writer/src/dremel.js'
import { schemaPathResolver } from 'hyparquet-writer/src/schema.js'
import type { ColumnEncoder } from 'hyparquet-writer/src/types.js'
import { loadZstd, type Zstd } from '../io/zstd.js'
import type { ChunkIndexes, EncodedGroup } from './encoded-group.js'
import { listPages, numberListPages } from './list-pages.js'
import { int32sOf, plainNumbers } from './number-chunk.js'
import { fetchPackedTexts, type PackedColumn, type PackedColumns, sameValues } from './packed-column.js'
import { CompatParquetWriter } from './parquet-compat.js'
import { parquetSchema } from './parquet-schema.js'
import { type PlainTexts, stringListsOf, stringsOf } from './placed-texts.js'
import { PLAIN_PAGE_BYTES, type PlainChunk } from './plain-chunk.js'
import { mayHaveDictionary, type PlainValues, writePlainPages } from './plain-pages.js'
import { isSameChunk, writeSameChunk } from './same-chunk.js'
import type { Columns, Profile } from './shard.js'
import type { Column, TableSchema } from './table-schema.js'
import { plainTexts } from './text-chunk.js'

/** Pages of prose hold what a window of a stream needs, not much more; the zstd encoder takes eight times as much in one piece. */
const PROSE_PAGE_BYTES = 1 << 17
/** Ids, numbers and lists are short: as many rows as pages of prose have, or thousands are decompressed for the sake of eight. */
const SHORT_PAGE_BYTES = 1 << 14

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
  packed: PackedColumns = NONE,
  texts: ReadonlyMap<string, PlainTexts> = new Map(),
): void {
  const textColumns = table.columns.filter((column) => !column.raw)
  const withPictures = textColumns.length < table.columns.length
  const resolvePath = schemaPathResolver(writer.schema)
  const buffer = writer.writer as ByteWriter
  const offset = buffer.offset
  const indexes = textColumns.map((column): ChunkIndexes => {
    const path = leafPath(resolvePath([column.name]))
    const encoder = encoderOf(writer, path, column, profile, withPictures ? PLAIN_PAGE_BYTES : pageBytes(column))
    const packedColumn = packed[column.name]
    const fetched = texts.get(column.name)
    const plain =
      profile === undefined ? plainValues(column, columns[column.name], packedColumn, fetched, rows) : undefined
    if (plain !== undefined && !mayHaveDictionary(plain)) return writePlainPages(buffer, encoder, plain)
    if (packedColumn?.kind === 'same' && isSameChunk(packedColumn.value, rows, encoder, column.nullable)) {
      return writeSameChunk(buffer, encoder, packedColumn.value, rows)
    }
    const pageData =
      packedColumn?.kind === 'lists'
        ? numberListPages(packedColumn.lists)
        : pagesOf(column, path, valuesOf(columns[column.name], packedColumn, fetched, rows))
    return writeColumn({ writer: buffer, column: encoder, pageData })
  })
  const chunks = indexes.map(({ chunk }) => chunk)
  writer.pendingIndexes.push(...indexes)
  writer.num_rows += BigInt(rows)
  writer.row_groups.push({
    columns: chunks,
    total_byte_size: chunks.reduce((sum, { meta_data }) => sum + (meta_data?.total_uncompressed_size ?? 0n), 0n),
    num_rows: BigInt(rows),
    ...sortingOf(textColumns, columns, rows),
    total_compressed_size: BigInt(buffer.offset - offset),
  })
}

const NONE: PackedColumns = {}

/** Values whose bytes are at hand, or of which they are made easily. */
function plainValues(
  { kind, nullable }: Column,
  values: readonly unknown[] | undefined,
  packed: PackedColumn | undefined,
  texts: PlainTexts | undefined,
  rows: number,
): PlainValues | undefined {
  if (texts !== undefined) return plainTexts(texts)
  if (packed?.kind === 'lists') return plainNumbers(packed.lists)
  const numbers = kind === 'int32' && !nullable && values?.length === rows ? int32sOf(values) : undefined
  return numbers && plainNumbers({ numbers })
}

const pageBytes = ({ prose }: Column) => (prose === true ? PROSE_PAGE_BYTES : SHORT_PAGE_BYTES)

/** Row groups of fewer rows are read as soon as their order would be found. */
const SORTED_ROWS = 1024

/** By which column the rows are sorted, if by one that may be. */
function sortingOf(columns: readonly Column[], values: Columns, rows: number): Pick<RowGroup, 'sorting_columns'> {
  const index = columns.findIndex(({ name, mayRise }) => mayRise === true && values[name] !== undefined)
  if (index < 0 || rows < SORTED_ROWS) return {}
  const column = values[columns[index]!.name] as readonly number[]
  for (let row = 1; row < rows; row++) if (column[row]! <= column[row - 1]!) return {}
  return { sorting_columns: [{ column_idx: index, descending: false, nulls_first: false }] }
}

type TreePath = ReturnType<ReturnType<typeof schemaPathResolver>>

/** From the root to the one leaf below a column. */
function leafPath(path: TreePath): TreePath {
  const child = path.at(-1)!.children[0]
  return child === undefined ? path : leafPath([...path, child])
}

/** What the writer is told of a column, as `ParquetWriter.write` tells it. */
function encoderOf(
  { codec, compressors }: ParquetWriter,
  path: TreePath,
  { prose }: Column,
  profile: Profile | undefined,
  pageSize: number,
): ColumnEncoder {
  const schemaPath = path.map(({ element }) => element)
  return {
    columnName: schemaPath
      .slice(1)
      .map(({ name }) => name)
      .join('.'),
    element: schemaPath.at(-1)!,
    schemaPath,
    codec,
    compressors: compressors as ColumnEncoder['compressors'],
    stats: prose !== true,
    pageSize,
    columnIndex: false,
    offsetIndex: true,
    // Old readers do not know RLE_DICTIONARY either.
    ...(profile === 'compat' && { encoding: 'PLAIN' as const }),
  }
}

function valuesOf(
  values: readonly unknown[] | undefined,
  packed: PackedColumn | undefined,
  texts: PlainTexts | undefined,
  rows: number,
): readonly unknown[] {
  if (texts !== undefined) return texts.lengths === undefined ? stringsOf(texts) : stringListsOf(texts)
  if (packed?.kind === 'same') return sameValues(packed.value, rows)
  if (values?.length !== rows) throw new RangeError(`expected ${rows} values in a column, received ${values?.length}`)
  return values
}

function pagesOf({ kind, nullable }: Column, path: TreePath, values: readonly unknown[]) {
  const lists = kind.startsWith('list<') ? listPages(values, nullable) : undefined
  return lists ?? encodeNestedValues(path, values as unknown[])
}

/** Memory of a group, used again for the next: new memory for each would have V8 look for garbage all the time. */
const groupBuffer = new ByteWriter(1 << 16)

/** Encodes a row group by itself. @throws MimicitError MIMICIT_SOURCE_CHANGED, MIMICIT_IO where a placed text is not there */
export async function encodeGroup(
  table: TableSchema,
  profile: Profile | undefined,
  rows: number,
  columns: Columns,
  packed: PackedColumns = NONE,
): Promise<EncodedGroup> {
  const zstd = await loadZstd()
  // From here on nothing waits, so nobody else uses the memory meanwhile.
  const buffer = groupBuffer
  buffer.index = 0
  buffer.offset = 0
  const writer = parquetWriter(buffer, table, profile, zstd)
  // The writer begins with the file's magic bytes, which are not of the group.
  const before = buffer.offset
  writeGroup(writer, table, profile, rows, columns, packed, fetchPackedTexts(packed))
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
