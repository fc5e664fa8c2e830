// A column chunk of texts, or of lists of them, that are at hand as bytes. The general writer takes strings, and makes bytes of each; here the
// pages are cut out of the bytes as they are. What becomes of them is the same, page for page: a column that the general
// writer would give a dictionary is left to it.
import { ByteWriter } from 'hyparquet-writer'
import { writePageHeader } from 'hyparquet-writer/src/datapage.js'
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js'
import type { ColumnEncoder } from 'hyparquet-writer/src/types.js'
import type { ChunkIndexes } from './encoded-group.js'
import type { PlainTexts } from './placed-texts.js'

/** What the general writer looks at before it makes a dictionary, and the share of different values that it gives up at. */
const SAMPLE = 1000
const TOO_DIFFERENT = 0.9
const LENGTH_BYTES = 4

/** Whether the general writer might make a dictionary of these values (hyparquet-writer, `useDictionary`). */
export function mayHaveDictionary({ units, bytes, starts, lengths }: PlainTexts): boolean {
  const entries = lengths && entriesOf(lengths)
  const count = entries?.values.length ?? units.length
  const size = Math.min(count, SAMPLE)
  const isNew = firstOfItsKind(bytes, starts)
  let [all, different] = [0, 0]
  for (let i = 0; i < size; i++) {
    const entry = size === 1 ? 0 : Math.floor((i * (count - 1)) / (size - 1))
    const at = entries?.values[entry] ?? entry
    if (at === NO_VALUE) continue
    const length = units[at]! + LENGTH_BYTES
    all += length
    if (isNew(at)) different += length
  }
  return different / all <= TOO_DIFFERENT
}

/** Slots for the values of a sample; a power of two. */
const SLOTS = 4096
/** Bytes at either end of a value that tell most of them apart. */
const END = 32

/** Whether a value was not asked for before: by a hash of its length and its ends, and whole where that is the same. */
function firstOfItsKind(bytes: Buffer, starts: Uint32Array): (i: number) => boolean {
  const slots = new Int32Array(SLOTS).fill(NO_VALUE)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const hashOf = (start: number, end: number) => {
    let hash = 0
    const mix = (from: number, to: number) => {
      for (let at = from; at + 4 <= to; at += 4) {
        hash = Math.imul(hash ^ view.getInt32(at, true), 0x9e3779b1)
        hash ^= hash >>> 15
      }
    }
    // The length stands at the beginning.
    mix(start, Math.min(end, start + END))
    mix(Math.max(start + ((end - start) & 3), end - END), end)
    return hash & (SLOTS - 1)
  }
  return (i) => {
    const [start, end] = [starts[i]!, starts[i + 1]!]
    let slot = hashOf(start, end)
    for (; slots[slot] !== NO_VALUE; slot = (slot + 1) & (SLOTS - 1)) {
      const other = slots[slot]!
      if (bytes.compare(bytes, starts[other]!, starts[other + 1]!, start, end) === 0) return false
    }
    slots[slot] = i
    return true
  }
}

/** Instead of a value: the list of the row is empty. */
const NO_VALUE = -1

/** What lists are written as: an entry for each value, and one for an empty list. */
function entriesOf(lengths: Uint32Array) {
  const count = lengths.reduce((sum, length) => sum + Math.max(1, length), 0)
  const [values, repetitions] = [new Int32Array(count), new Uint8Array(count).fill(1)]
  let [at, value] = [0, 0]
  for (const length of lengths) {
    repetitions[at] = 0
    if (length === 0) values[at++] = NO_VALUE
    for (let i = 0; i < length; i++) values[at++] = value++
  }
  return { values, repetitions, definitions: Uint8Array.from(values, (each) => (each === NO_VALUE ? 0 : 1)) }
}

/**
 * Writes a chunk where a writer stands: PLAIN, a page ends before the value that would fill it.
 * @param column with its path in the schema; it is required
 */
export function writeTextChunk(writer: ByteWriter, column: ColumnEncoder, texts: PlainTexts): ChunkIndexes {
  const { schemaPath, codec, compressors, pageSize, stats } = column
  const { bytes, starts, lengths } = texts
  const lists = lengths && entriesOf(lengths)
  const count = lists?.values.length ?? texts.units.length
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
    const page = bytes.subarray(starts[value]!, starts[value + end - first - nulls]!)
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
    const length = at === NO_VALUE ? 0 : starts[at + 1]! - starts[at]! - LENGTH_BYTES
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
      type: 'BYTE_ARRAY',
      encodings: ['PLAIN'],
      path_in_schema: schemaPath.slice(1).map(({ name }) => name),
      codec,
      num_values: BigInt(count),
      total_compressed_size: BigInt(writer.offset - offset),
      total_uncompressed_size: BigInt(uncompressed),
      data_page_offset: BigInt(offset),
      ...(stats && {
        statistics: { ...boundsOf(texts), null_count: BigInt(empty) },
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

/** The least and the greatest value in the order of their bytes. */
function boundsOf({ bytes, starts }: PlainTexts) {
  let [least, most] = [0, 0]
  const from = (i: number) => starts[i]! + LENGTH_BYTES
  const order = (a: number, b: number) => bytes.compare(bytes, from(b), starts[b + 1]!, from(a), starts[a + 1]!)
  for (let i = 1; i < starts.length - 1; i++) {
    if (order(i, least) < 0) least = i
    else if (order(i, most) > 0) most = i
  }
  const text = (i: number) => bytes.toString('utf8', from(i), starts[i + 1]!)
  return { min_value: text(least), max_value: text(most) }
}
