// A column chunk whose rows all have the same value: subset and language of one source, lists and texts that nobody has.
// The general writer looks at each of tens of thousands of equal values several times; here the few bytes are made from
// their number. They are the bytes of the general writer.
import type { SchemaElement } from 'hyparquet'
import type { ByteWriter } from 'hyparquet-writer'
import { writePageHeader } from 'hyparquet-writer/src/datapage.js'
import { writeDictionaryPage } from 'hyparquet-writer/src/dictionary.js'
import type { ColumnEncoder } from 'hyparquet-writer/src/types.js'
import type { ChunkIndexes } from './encoded-group.js'

/** Fewer equal levels than these are no run. */
const LEAST_RUN = 8
/** What the general writer counts for an index of a dictionary. */
const INDEX_BYTES = 4

/**
 * Whether `writeSameChunk` can write a column.
 * @param nullable whether the column is
 */
export function isSameChunk(value: unknown, rows: number, { pageSize, encoding }: ColumnEncoder, nullable: boolean) {
  if (rows < LEAST_RUN || encoding !== undefined) return false
  if (value === null) return nullable
  // What is not there fills no page.
  if (typeof value === 'string') return rows * INDEX_BYTES < pageSize
  return Array.isArray(value) && value.length === 0
}

/**
 * Writes the chunk where a writer stands.
 * @param value null, a string or an empty list
 * @param column with the path of the leaf in the schema
 */
export function writeSameChunk(writer: ByteWriter, column: ColumnEncoder, value: unknown, rows: number): ChunkIndexes {
  const { schemaPath, codec, compressors, stats } = column
  const offset = writer.offset
  const isNone = typeof value !== 'string'
  const [most, repeated] = levelsOf(schemaPath)
  // An empty list that may be absent is a level above one that is.
  const level = value === null ? 0 : isNone ? most - 1 : most
  let uncompressed = 0
  let dictionaryOffset: bigint | undefined
  if (!isNone) {
    dictionaryOffset = BigInt(writer.offset)
    uncompressed += writeDictionaryPage(writer, column, [value])
  }
  const pageOffset = writer.offset
  const repetitions = repeated ? run(rows, 0) : NOTHING
  const definitions = most > 0 ? run(rows, level) : NOTHING
  // Indexes of a dictionary of one have no bits; the first byte says so.
  const page = isNone ? NOTHING : Uint8Array.of(0, ...varInt(rows << 1))
  const compressed = compressors[codec]!(page)
  const levels = repetitions.byteLength + definitions.byteLength
  const encoding = isNone ? 'PLAIN' : 'RLE_DICTIONARY'
  writePageHeader(writer, {
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: levels + page.byteLength,
    compressed_page_size: levels + compressed.byteLength,
    data_page_header_v2: {
      num_values: rows,
      num_nulls: isNone ? rows : 0,
      num_rows: rows,
      encoding,
      definition_levels_byte_length: definitions.byteLength,
      repetition_levels_byte_length: repetitions.byteLength,
      is_compressed: true,
    },
  })
  uncompressed += writer.offset - pageOffset + levels + page.byteLength
  writer.appendBytes(repetitions)
  writer.appendBytes(definitions)
  writer.appendBytes(compressed)
  return {
    chunk: {
      meta_data: {
        type: column.element.type!,
        encodings: isNone ? [encoding] : ['PLAIN', encoding],
        path_in_schema: schemaPath.slice(1).map(({ name }) => name),
        codec,
        num_values: BigInt(rows),
        total_compressed_size: BigInt(writer.offset - offset),
        total_uncompressed_size: BigInt(uncompressed),
        data_page_offset: BigInt(pageOffset),
        ...(dictionaryOffset !== undefined && { dictionary_page_offset: dictionaryOffset }),
        ...(stats && statisticsOf(column.element, value, rows)),
      },
      file_offset: BigInt(offset),
    },
  }
}

const NOTHING = new Uint8Array(0)

/** The highest definition level of a leaf, and whether it is repeated. */
function levelsOf(path: readonly SchemaElement[]): readonly [most: number, repeated: boolean] {
  const above = path.slice(1)
  const isRepeated = above.some(({ repetition_type }) => repetition_type === 'REPEATED')
  return [above.filter(({ repetition_type }) => repetition_type !== 'REQUIRED').length, isRepeated]
}

/** Equal levels, of one or two bits (Parquet, "Run Length Encoding / Bit-Packing Hybrid"). */
const run = (count: number, level: number) => Uint8Array.of(...varInt(count << 1), level)

function varInt(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest]
    bytes.push((rest & 0x7f) | 0x80)
  }
}

function statisticsOf({ type }: SchemaElement, value: unknown, rows: number) {
  const isText = typeof value === 'string'
  const isFloat = type === 'FLOAT' || type === 'DOUBLE'
  return {
    statistics: {
      ...(isText && { min_value: value, max_value: value }),
      null_count: isText ? 0n : BigInt(rows),
      ...(isFloat && { nan_count: 0n }),
    },
    encoding_stats: [
      ...(isText ? [{ page_type: 'DICTIONARY_PAGE' as const, encoding: 'PLAIN' as const, count: 1 }] : []),
      {
        page_type: 'DATA_PAGE_V2' as const,
        encoding: isText ? ('RLE_DICTIONARY' as const) : ('PLAIN' as const),
        count: 1,
      },
    ],
  }
}
