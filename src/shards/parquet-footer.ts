// The footer of a Parquet shard, checked before anything is read or allocated by it: it has the columns of one of our
// tables and nothing else, the row groups that the manifest has, and column chunks that follow each other inside them.
// Whatever our writer never writes is refused, however good Parquet it may be (schema/FORMAT.md, "Parquet profile").
import { type CompressionCodec, type FileMetaData, parquetMetadata, type RowGroup, type SchemaElement } from 'hyparquet'
import { findGroups, footerParts, listOfGroups } from './footer-parts.js'
import type { ShardRecord } from './manifest.js'
import { parquetSchema } from './parquet-schema.js'
import type { ShardFile } from './shard.js'
import { type Column, tableSchemas } from './table-schema.js'
import { thriftPlace } from './thrift-place.js'

/** The text of one row group, uncompressed. */
export const MOST_TEXT_BYTES = 2 ** 28
/** Elements of one list column in one row group, empty lists counted as one. */
export const MOST_LIST_VALUES = 2 ** 22

/** Read at once from the end of a file, which is more than almost every footer has: so much, and so much more for each row group. */
const TAIL_BYTES = 1 << 14
const TAIL_GROUP_BYTES = 1 << 10
/** Length of the footer and magic behind it. */
export const FOOTER_END = 8
const MAGIC = 0x31524150
/** A footer is believed up to so many bytes, and so many more for each row group of the manifest. */
const BASE_BYTES = 1 << 16
const GROUP_BYTES = 1 << 14
/** From a row group to how it is sorted first, by which column and in which direction; to the statistics of a chunk, and their bounds. */
const SORTING = [4, 0]
const SORTED_BY = [1]
const IS_DESCENDING = [2]
const statisticsOf = (leaf: number) => [1, leaf, 3, 12]
const MAX_VALUE = [5]
const MIN_VALUE = [6]
const FALSE = 2

/** One physical column. */
export interface Leaf {
  /** Column of the table that it is of. */
  readonly column: Column
  readonly path: string
  readonly type: SchemaElement['type']
  readonly nullable: boolean
  readonly isList: boolean
}

/** The values of one leaf in one row group, as they lie in the file. */
export interface Chunk {
  readonly leaf: Leaf
  readonly start: number
  readonly end: number
  readonly hasDictionary: boolean
  readonly codec: CompressionCodec
  readonly rows: number
  readonly values: number
  /** Values that its dictionary was made for, where it is a part of a chunk. @default its own */
  readonly dictionaryOf?: number
  readonly uncompressedBytes: number
  readonly offsetIndex: { readonly offset: number; readonly length: number } | undefined
}

/** A footer. Its row groups are parsed and checked when they are asked for: a shard may have hundreds, of which a window needs few. */
export interface ParquetFooter {
  /** What it says of the whole file, without row groups. */
  readonly metadata: FileMetaData
  /**
   * The chunks of a row group, in the order of the file.
   * @throws RangeError, or whatever hyparquet throws, if they do not fit to the record
   */
  chunks(group: number): readonly Chunk[]
  /**
   * The first value of a column whose rows are sorted by it, by what the footer says of a group, if there is room for no other
   * different whole numbers than one more each time. Nobody has looked whether they are.
   */
  countsFrom(group: number, column: string): number | undefined
}

/** The bytes of a footer, and where they begin in the file. */
interface FooterBytes {
  readonly start: number
  readonly footer: Uint8Array
}

/** One read, or two where the footer is a long one. @throws RangeError if the file has none, or too long a one */
async function footerBytes(file: ShardFile, groups: number): Promise<FooterBytes> {
  if (file.byteLength < FOOTER_END) throw new RangeError('too few bytes')
  const tailStart = Math.max(0, file.byteLength - TAIL_BYTES - groups * TAIL_GROUP_BYTES)
  let bytes = await file.read(tailStart, file.byteLength - tailStart)
  const end = new DataView(bytes.buffer, bytes.byteOffset + bytes.byteLength - FOOTER_END, FOOTER_END)
  const length = end.getUint32(0, true)
  const start = file.byteLength - FOOTER_END - length
  if (end.getUint32(4, true) !== MAGIC) throw new RangeError('no magic')
  if (start < 4 || length > BASE_BYTES + groups * GROUP_BYTES) throw new RangeError(`a footer of ${length} bytes`)
  if (start < tailStart) bytes = Buffer.concat([await file.read(start, tailStart - start), bytes])
  bytes = bytes.subarray(bytes.byteLength - FOOTER_END - length)
  // A copy: what was read is much more, and stays as long as the footer does.
  return { start, footer: new Uint8Array(bytes.subarray(0, length)) }
}

/**
 * Where in the file the footer tells of each row group, whatever the record says of it: all of it is gone through.
 * @throws RangeError if the file has no footer, or one of another number of row groups
 */
export async function readGroupPlaces(file: ShardFile, { rowGroups }: ShardRecord): Promise<readonly number[]> {
  const { start, footer } = await footerBytes(file, rowGroups.length)
  const { places } = findGroups(footer, rowGroups.length)
  return places.slice(0, -1).map((place) => start + place)
}

/**
 * Reads the footer.
 * @throws RangeError, or whatever hyparquet throws, if the file is not a shard of ours that fits to its record
 */
export async function readParquetFooter(file: ShardFile, { rowGroups }: ShardRecord): Promise<ParquetFooter> {
  const { start, footer } = await footerBytes(file, rowGroups.length)
  const begins = rowGroups.flatMap((group) => (group.footer === undefined ? [] : [group.footer - start]))
  const isTold = begins.length === rowGroups.length && begins.length > 0
  const { head, tail, group: partOf } = footerParts(footer, rowGroups.length, isTold ? begins : undefined)
  let before = 0
  for (const [i, { offset, bytes: size }] of rowGroups.entries()) {
    if (offset < before || offset + size > start) throw new RangeError(`row group ${i} at ${offset}`)
    before = offset + size
  }
  const withGroups = (...groups: Uint8Array[]) =>
    parquetMetadata(footerOf([head, listOfGroups(groups.length), ...groups, tail]), { geoparquet: false })
  const metadata = withGroups()
  const leaves = leavesOf(metadata.schema)
  const parsed: (readonly Chunk[])[] = []
  return {
    metadata,
    chunks(group) {
      const { rows, offset, bytes: size } = rowGroups[group]!
      const parse = () => {
        const [found] = withGroups(partOf(group)).row_groups
        const { columns, num_rows } = found!
        if (Number(num_rows) !== rows) throw new RangeError(`row group ${group} of ${num_rows} rows`)
        return chunksOf(columns, leaves, rows, offset, offset + size)
      }
      parsed[group] ??= parse()
      return parsed[group]
    },
    countsFrom(group, column) {
      const leaf = leaves.findIndex((one) => one.column.name === column && one.type === 'INT32')
      const bounds = boundsOfRising(partOf(group), leaf)
      return bounds !== undefined && bounds.to - bounds.from === rowGroups[group]!.rows - 1 ? bounds.from : undefined
    },
  }
}

/** A footer of some parts, with the end that a file has. */
function footerOf(parts: readonly Uint8Array[]): ArrayBuffer {
  const end = Buffer.alloc(FOOTER_END)
  end.writeUInt32LE(parts.reduce((sum, part) => sum + part.byteLength, 0))
  end.writeUInt32LE(MAGIC, 4)
  const joined = new Uint8Array(Buffer.concat([...parts, end]))
  return joined.buffer
}

type ColumnChunks = FileMetaData['row_groups'][number]['columns']

/** Chunks that follow each other from `from` to `to`. */
function chunksOf(columns: ColumnChunks, leaves: readonly Leaf[], rows: number, from: number, to: number): Chunk[] {
  if (columns.length !== leaves.length) throw new RangeError(`${columns.length} columns`)
  let at = from
  let text = 0
  const chunks = columns.map((column, i): Chunk => {
    const leaf = leaves[i]!
    const meta = column.meta_data
    const raw = leaf.column.raw === true
    const codecs: readonly unknown[] = raw ? ['UNCOMPRESSED'] : ['ZSTD', 'SNAPPY']
    if (meta === undefined || column.file_path !== undefined || meta.path_in_schema.join('.') !== leaf.path) {
      throw new RangeError(`a column in the place of ${leaf.path}`)
    }
    if (meta.type !== leaf.type || !codecs.includes(meta.codec)) {
      throw new RangeError(`${leaf.path} as ${meta.type} with ${meta.codec}`)
    }
    const hasDictionary = meta.dictionary_page_offset !== undefined
    const start = whole(meta.dictionary_page_offset ?? meta.data_page_offset)
    const end = start + whole(meta.total_compressed_size)
    const data = whole(meta.data_page_offset)
    if (start !== at || end > to || data < start || data >= end) throw new RangeError(`${leaf.path} at ${start}`)
    const values = whole(meta.num_values)
    if (leaf.isList ? values < rows || values > MOST_LIST_VALUES : values !== rows) {
      throw new RangeError(`${values} values of ${leaf.path} in ${rows} rows`)
    }
    const uncompressedBytes = whole(meta.total_uncompressed_size)
    if (!raw) text += uncompressedBytes
    if (text > MOST_TEXT_BYTES || (raw && uncompressedBytes !== end - start)) {
      throw new RangeError(`${uncompressedBytes} bytes of ${leaf.path}`)
    }
    at = end
    const { offset_index_offset: indexOffset, offset_index_length: length } = column
    const offsetIndex = indexOffset === undefined ? undefined : { offset: whole(indexOffset), length: Number(length) }
    return { leaf, start, end, hasDictionary, codec: meta.codec, rows, values, uncompressedBytes, offsetIndex }
  })
  if (at !== to) throw new RangeError(`columns that end at ${at} instead of ${to}`)
  return chunks
}

/** The smallest and the largest value of a leaf of 32 bits by which the rows of a group rise. */
function boundsOfRising(group: Uint8Array, leaf: number): { from: number; to: number } | undefined {
  // Field by field from the struct that has both: what stands in front of it is gone through once.
  const sorting = thriftPlace(group, 0, SORTING)
  const statistics = sorting === undefined ? undefined : thriftPlace(group, 0, statisticsOf(leaf))
  if (sorting === undefined || statistics === undefined) return undefined
  const index = thriftPlace(group, sorting, SORTED_BY)
  const descending = thriftPlace(group, sorting, IS_DESCENDING)
  const from = thriftPlace(group, statistics, MIN_VALUE)
  const to = thriftPlace(group, statistics, MAX_VALUE)
  if (index === undefined || descending === undefined || from === undefined || to === undefined) return undefined
  // A number has its sign in the last bit; a truth value is what tells its type; a value of four bytes has its length in front.
  if (group[index] !== leaf << 1 || (group[descending - 1]! & 15) !== FALSE) return undefined
  if (group[from] !== 4 || group[to] !== 4) return undefined
  const view = new DataView(group.buffer, group.byteOffset, group.byteLength)
  return { from: view.getInt32(from + 1, true), to: view.getInt32(to + 1, true) }
}

/** Some chunks of a row group as the footer has them, as far as hyparquet goes by it. */
export function rowGroupOf(chunks: readonly Chunk[], rows: number): RowGroup {
  const columns = chunks.map(({ leaf, start, end, hasDictionary, codec, values, uncompressedBytes }) => ({
    file_offset: BigInt(start),
    meta_data: {
      type: leaf.type!,
      encodings: [],
      path_in_schema: leaf.path.split('.'),
      codec,
      num_values: BigInt(values),
      total_uncompressed_size: BigInt(uncompressedBytes),
      total_compressed_size: BigInt(end - start),
      // Pages follow each other from where a chunk begins, that of a dictionary first.
      data_page_offset: BigInt(start),
      ...(hasDictionary && { dictionary_page_offset: BigInt(start) }),
    },
  }))
  return { columns, total_byte_size: BigInt(sumOf(chunks)), num_rows: BigInt(rows) }
}

const sumOf = (chunks: readonly Chunk[]) => chunks.reduce((sum, { uncompressedBytes }) => sum + uncompressedBytes, 0)

/** A number of a place or a size, which stands there as 64 bits. */
function whole(value: unknown): number {
  if (typeof value !== 'bigint' || value < 0n || value > Number.MAX_SAFE_INTEGER) {
    throw new RangeError(`a place or size of ${String(value)}`)
  }
  return Number(value)
}

const known = tableSchemas.map((table) => {
  const elements = parquetSchema(table)
  const leaves: Leaf[] = []
  let at = 1
  for (const column of table.columns) {
    const isList = column.kind.startsWith('list<')
    const isImage = column.kind === 'image'
    for (const inner of isImage
      ? elements.slice(at + 1, at + 3)
      : isList
        ? elements.slice(at + 2, at + 3)
        : [undefined]) {
      const path = inner === undefined ? column.name : `${column.name}.${isList ? 'list.' : ''}${inner.name}`
      leaves.push({ column, path, type: (inner ?? elements[at]!).type, nullable: column.nullable, isList })
    }
    at += isImage || isList ? 3 : 1
  }
  return { facts: factsOf(elements), leaves }
})

/** What hyparquet goes by when it reads values. */
function factsOf(elements: readonly SchemaElement[]): string {
  return JSON.stringify(
    elements.map((element) => [
      element.name,
      element.type,
      element.repetition_type,
      element.num_children,
      element.converted_type,
      element.logical_type?.type,
      element.type_length,
      element.scale,
      element.precision,
    ]),
  )
}

function leavesOf(schema: readonly SchemaElement[]): readonly Leaf[] {
  const facts = factsOf(schema)
  const found = known.find((table) => table.facts === facts)
  if (found === undefined) throw new RangeError('columns of no table of the format')
  return found.leaves
}
