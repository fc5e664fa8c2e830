// A column chunk of byte strings stored as they are: PLAIN, uncompressed, a page about every 4096 bytes, so one picture a
// page above that. The general writer makes a buffer for each page and copies its values twice; here only the page
// headers are made, and the values stay where they are until they go out. The bytes are those of the general writer.
import { ByteWriter } from 'hyparquet-writer'
import { writePageHeader } from 'hyparquet-writer/src/datapage.js'
import type { ChunkIndexes } from './encoded-group.js'
import type { PageSpan } from './picture-spans.js'

/** A page ends before the value that would fill it. */
export const PLAIN_PAGE_BYTES = 4096
/** In front of every value. */
const LENGTH_BYTES = 4

/** A chunk before its values are written. */
export interface PlainChunk {
  /** For the footer and the page index, with offsets in the file. */
  readonly indexes: ChunkIndexes
  readonly pages: readonly PageSpan[]
  /** Header of each page. */
  readonly headers: readonly Uint8Array[]
  /** Of the whole chunk, page headers included. */
  readonly byteLength: number
}

/**
 * Cuts a chunk into pages.
 * @param path of the column in the schema; it and all above it are required
 * @param lengths of the values in bytes
 * @param offset where the chunk begins in its file
 */
export function planPlainChunk(path: readonly string[], lengths: readonly number[], offset: number): PlainChunk {
  const pages: PageSpan[] = []
  const headers: Uint8Array[] = []
  const locations: { offset: bigint; compressed_page_size: number; first_row_index: bigint }[] = []
  let at = offset
  const close = (firstRow: number, lastRow: number) => {
    let length = LENGTH_BYTES * (lastRow - firstRow)
    for (let row = firstRow; row < lastRow; row++) length += lengths[row]!
    const header = pageHeader(lastRow - firstRow, length)
    const size = header.byteLength + length
    headers.push(header)
    locations.push({ offset: BigInt(at), compressed_page_size: size, first_row_index: BigInt(firstRow) })
    at += size
    pages.push({ end: at, firstRow, lastRow })
  }
  let first = 0
  let held = 0
  for (let row = 0; row < lengths.length; row++) {
    held += lengths[row]!
    if (held < PLAIN_PAGE_BYTES || row === first) continue
    close(first, row)
    first = row
    held = lengths[row]!
  }
  close(first, lengths.length)
  const byteLength = at - offset
  const chunk: ChunkIndexes['chunk'] = {
    meta_data: {
      type: 'BYTE_ARRAY',
      encodings: ['PLAIN'],
      path_in_schema: [...path],
      codec: 'UNCOMPRESSED',
      num_values: BigInt(lengths.length),
      total_compressed_size: BigInt(byteLength),
      total_uncompressed_size: BigInt(byteLength),
      data_page_offset: BigInt(offset),
    },
    file_offset: BigInt(offset),
  }
  // A single page needs no index.
  const offsetIndex = pages.length > 1 && { offsetIndex: { page_locations: locations } }
  return { indexes: { chunk, ...offsetIndex }, pages, headers, byteLength }
}

/** The bytes of a chunk in order, in parts that are valid until the next one is taken. */
export function* plainChunkParts({ pages, headers }: PlainChunk, values: readonly Uint8Array[]): Generator<Uint8Array> {
  const length = Buffer.alloc(LENGTH_BYTES)
  for (const [i, { firstRow, lastRow }] of pages.entries()) {
    yield headers[i]!
    for (let row = firstRow; row < lastRow; row++) {
      const value = values[row]!
      length.writeUInt32LE(value.byteLength)
      yield length
      yield value
    }
  }
}

function pageHeader(rows: number, byteLength: number): Uint8Array {
  const writer = new ByteWriter(32)
  writePageHeader(writer, {
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: byteLength,
    compressed_page_size: byteLength,
    data_page_header_v2: {
      num_values: rows,
      num_nulls: 0,
      num_rows: rows,
      encoding: 'PLAIN',
      definition_levels_byte_length: 0,
      repetition_levels_byte_length: 0,
      // By the codec, which is one that does nothing.
      is_compressed: true,
    },
  })
  return writer.getBytes()
}
