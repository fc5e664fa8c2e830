// A column chunk of values, or of lists of them, whose bytes are at hand as Parquet stores them: PLAIN. The general writer looks at every
// value several times; here pages are cut out of the bytes as they are. What becomes of them is the same, page for page: a
// column that the general writer would give a dictionary is left to it.
import { ByteWriter } from 'hyparquet-writer'
import { writePageHeader } from 'hyparquet-writer/src/datapage.js'
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js'
import type { ColumnEncoder } from 'hyparquet-writer/src/types.js'
import type { ChunkIndexes } from './encoded-group.js'

/** Values of a column that is required, or of lists that are. */
export interface PlainValues {
  readonly type: 'BYTE_ARRAY' | 'INT32'
  readonly count: number
  /** Undefined where each row is a value. */
  readonly lists: ListEntries | undefined
  /** What the general writer counts of a value when it fills a page, and when it looks for values that are equal. */
  readonly sizeOf: (i: number) => number
  readonly sampleSizeOf: (i: number) => number
  /** Values as they lie in a page, from one to the one before another. */
  readonly bytesOf: (from: number, to: number) => Uint8Array
  /** Tells, one after the other, whether a value was not asked for before. */
  readonly firstOfItsKind: () => (i: number) => boolean
  /** The least and the greatest; asked for where there is a value. */
  readonly bounds: () => { readonly min_value: string | number; readonly max_value: string | number }
}

/** What the general writer looks at before it makes a dictionary, and the share of different values that it gives up at. */
const SAMPLE = 1000
const TOO_DIFFERENT = 0.9

/** Whether the general writer might make a dictionary of these values (hyparquet-writer, `useDictionary`). */
export function mayHaveDictionary({ count: values, lists, sampleSizeOf, firstOfItsKind }: PlainValues): boolean {
  const count = lists?.values.length ?? values
  const size = Math.min(count, SAMPLE)
  const isNew = firstOfItsKind()
  let [all, different] = [0, 0]
  for (let i = 0; i < size; i++) {
    const entry = size === 1 ? 0 : Math.floor((i * (count - 1)) / (size - 1))
    const at = lists?.values[entry] ?? entry
    if (at === NO_VALUE) continue
    const bytes = sampleSizeOf(at)
    all += bytes
    if (isNew(at)) different += bytes
  }
  return different / all <= TOO_DIFFERENT
}

/** Instead of a value: the list of the row is empty. */
const NO_VALUE = -1

/** What lists are written as: an entry for each value, and one for an empty list. */
export interface ListEntries {
  readonly values: Int32Array
  readonly repetitions: Uint8Array
  readonly definitions: Uint8Array
}

/** Lists of such lengths as entries. */
export function listEntries(lengths: Uint32Array): ListEntries {
  let count = 0
  for (let row = 0; row < lengths.length; row++) count += Math.max(1, lengths[row]!)
  const [values, repetitions] = [new Int32Array(count), new Uint8Array(count).fill(1)]
  const definitions = new Uint8Array(count).fill(1)
  let [at, value] = [0, 0]
  for (let row = 0; row < lengths.length; row++) {
    const length = lengths[row]!
    repetitions[at] = 0
    if (length === 0) {
      definitions[at] = 0
      values[at++] = NO_VALUE
    }
    for (const end = at + length; at < end; ) values[at++] = value++
  }
  return { values, repetitions, definitions }
}

/**
 * Writes a chunk where a writer stands: a page ends before the value that would fill it.
 * @param column with its path in the schema; it is required
 */
export function writePlainPages(writer: ByteWriter, column: ColumnEncoder, plain: PlainValues): ChunkIndexes {
  const { schemaPath, codec, compressors, pageSize, stats } = column
  const { lists } = plain
  const count = lists?.values.length ?? plain.count
  const offset = writer.offset
  const locations: { offset: bigint; compressed_page_size: number; first_row_index: bigint }[] = []
  let uncompressed = 0
  let empty = 0
  let rows = 0
  /** First value of the page that is gathered. */
  let value = 0
  /** Writes the entries of a page. */
  const close = (first: number, end: number) => {
    const at = writer.offset
    const levels = new ByteWriter()
    const repetitions = lists ? writeLevels(levels, lists.repetitions, first, end) : 0
    const definitions = lists ? writeLevels(levels, lists.definitions, first, end) : 0
    const nulls = lists ? countOf(lists.definitions, 0, first, end) : 0
    const ofPage = lists ? countOf(lists.repetitions, 0, first, end) : end - first
    const page = plain.bytesOf(value, value + end - first - nulls)
    const compressed = compressors[codec]!(page)
    writePageHeader(writer, {
      type: 'DATA_PAGE_V2',
      uncompressed_page_size: levels.offset + page.byteLength,
      compressed_page_size: levels.offset + compressed.byteLength,
      data_page_header_v2: {
        num_values: end - first,
        num_nulls: nulls,
        num_rows: ofPage,
        encoding: 'PLAIN',
        definition_levels_byte_length: definitions,
        repetition_levels_byte_length: repetitions,
        is_compressed: true,
      },
    })
    uncompressed += writer.offset - at + levels.offset + page.byteLength
    writer.appendBytes(levels.getBytes())
    writer.appendBytes(compressed)
    locations.push({ offset: BigInt(at), compressed_page_size: writer.offset - at, first_row_index: BigInt(rows) })
    empty += nulls
    rows += ofPage
    value += end - first - nulls
  }
  let first = 0
  let held = 0
  for (let entry = 0; entry < count; entry++) {
    const at = lists ? lists.values[entry]! : entry
    const length = at === NO_VALUE ? 0 : plain.sizeOf(at)
    held += length
    // A page begins with a row.
    if (held < pageSize || entry === first || lists?.repetitions[entry] === 1) continue
    close(first, entry)
    first = entry
    held = length
  }
  close(first, count)
  const chunk: ChunkIndexes['chunk'] = {
    meta_data: {
      type: plain.type,
      encodings: ['PLAIN'],
      path_in_schema: schemaPath.slice(1).map(({ name }) => name),
      codec,
      num_values: BigInt(count),
      total_compressed_size: BigInt(writer.offset - offset),
      total_uncompressed_size: BigInt(uncompressed),
      data_page_offset: BigInt(offset),
      ...(stats && {
        statistics: { ...(plain.count > 0 && plain.bounds()), null_count: BigInt(empty) },
        encoding_stats: [{ page_type: 'DATA_PAGE_V2' as const, encoding: 'PLAIN' as const, count: locations.length }],
      }),
    },
    file_offset: BigInt(offset),
  }
  // A single page needs no index.
  return { chunk, ...(locations.length > 1 && { offsetIndex: { page_locations: locations } }) }
}

/** Levels of one bit. @returns bytes that were written */
const writeLevels = (writer: ByteWriter, levels: Uint8Array, from: number, to: number) =>
  writeRleBitPackedHybrid(writer, levels.subarray(from, to), 1)

function countOf(levels: Uint8Array, level: number, from: number, to: number): number {
  let count = 0
  for (let i = from; i < to; i++) if (levels[i] === level) count++
  return count
}
