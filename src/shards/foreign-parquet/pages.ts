// The pages of a foreign column chunk, checked before hyparquet decodes them. It believes the numbers in page headers and
// in runs of levels and dictionary indexes: two bytes may claim 2^31 values, and it writes them out. So headers are read
// here first and runs are counted; whatever else a page holds is bounded by its bytes.
import { parquetHeader } from 'hyparquet/src/column.js'
import { MimicitError } from '../../base/errors.js'
import { isPacked, runBytes, runHead, runValues } from '../run-head.js'
import { thriftEnd } from '../thrift-bounds.js'
import type { ParquetChunk } from './footer.js'

/** What is known of a page before its values are decompressed. */
export interface ForeignPage {
  readonly chunk: ParquetChunk
  /** `levels`: a page of the first kind, whose levels are compressed with its values. */
  readonly kind: 'dictionary' | 'levels' | 'values'
  readonly encoding: string
  readonly entries: number
  /** First compressed byte, in the chunk. */
  readonly from: number
  /** Bytes once decompressed. */
  readonly bytes: number
}

const HEADER_BOUNDS = { depth: 8, structs: 16 }
/** Bytes of a column in one row group once decompressed; what writers say of it is often wrong. */
const MOST_UNCOMPRESSED_BYTES = 2 ** 32
/** The last packed run of a page may go on so far beyond its values. */
const MOST_PADDING = 504
const INDEXES = ['PLAIN_DICTIONARY', 'RLE_DICTIONARY']
const ENCODINGS = ['PLAIN', 'RLE', ...INDEXES]

/**
 * Checks the page headers of a chunk, and the content of pages that are not compressed.
 * @throws RangeError if the chunk contradicts itself, MimicitError MIMICIT_UNSUPPORTED for a way of storing that is not known
 */
export function foreignPages(bytes: Uint8Array, chunk: ParquetChunk, path: string): ForeignPage[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const name = chunk.leaf.path.join('.')
  const pages: ForeignPage[] = []
  let values = 0
  let uncompressed = 0
  for (let at = 0; at < bytes.byteLength; ) {
    const body = thriftEnd(bytes, at, HEADER_BOUNDS)
    const header = parquetHeader({ view, offset: at })
    const full = count(header.uncompressed_page_size)
    const end = body + count(header.compressed_page_size)
    uncompressed += body - at + full
    if (end > bytes.byteLength || uncompressed > MOST_UNCOMPRESSED_BYTES) {
      throw new RangeError(`a page of ${name} of ${end - body} and ${full} bytes`)
    }
    at = end
    const { dictionary_page_header: dictionary, data_page_header: first, data_page_header_v2: second } = header
    let page: ForeignPage
    if (dictionary !== undefined) {
      const entries = count(dictionary.num_values)
      if (entries > full * 8) throw new RangeError(`a dictionary of ${entries} values in ${full} bytes`)
      page = { chunk, kind: 'dictionary', encoding: dictionary.encoding, entries, from: body, bytes: full }
    } else if (first !== undefined) {
      const entries = count(first.num_values)
      values += entries
      page = { chunk, kind: 'levels', encoding: first.encoding, entries, from: body, bytes: full }
      for (const [most, encoding] of [
        [chunk.leaf.maxDefinition, first.definition_level_encoding],
        [chunk.leaf.maxRepetition, first.repetition_level_encoding],
      ] as const) {
        if (most > 0 && encoding !== 'RLE') throw unsupported(path, `levels of ${name} as ${encoding}`)
      }
    } else if (second !== undefined) {
      const repetition = count(second.repetition_levels_byte_length)
      const levels = repetition + count(second.definition_levels_byte_length)
      const entries = count(second.num_values)
      values += entries
      if (body + levels > end || levels > full || count(second.num_nulls) > entries) {
        throw new RangeError(`a page of ${name} whose levels do not fit`)
      }
      const { maxRepetition, maxDefinition } = chunk.leaf
      boundRuns(bytes, body, body + repetition, bits(maxRepetition), entries)
      boundRuns(bytes, body + repetition, body + levels, bits(maxDefinition), entries)
      page = {
        chunk,
        kind: 'values',
        encoding: second.encoding,
        entries,
        from: body + levels,
        bytes: full - levels,
      }
      if (second.is_compressed === false) checkContent(bytes.subarray(page.from, end), page)
    } else {
      continue
    }
    if (!ENCODINGS.includes(page.encoding)) throw unsupported(path, `values of ${name} as ${page.encoding}`)
    if (values > chunk.values) throw new RangeError(`${values} values of ${name} instead of ${chunk.values}`)
    if (chunk.codec === 'UNCOMPRESSED') checkContent(bytes.subarray(page.from, end), page)
    pages.push(page)
  }
  if (values !== chunk.values) throw new RangeError(`${values} values of ${name} instead of ${chunk.values}`)
  return pages
}

/** Checks what a page holds once it is decompressed. @throws RangeError */
export function checkContent(content: Uint8Array, { chunk, kind, encoding, entries, bytes }: ForeignPage): void {
  if (content.byteLength !== bytes) throw new RangeError(`a page of ${content.byteLength} bytes instead of ${bytes}`)
  if (kind === 'dictionary') return
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength)
  let at = 0
  const prefixed = (width: number) => {
    const from = at + 4
    at = from + (from <= bytes ? view.getUint32(at, true) : 0)
    if (at > bytes || from > bytes) throw new RangeError('a page whose levels do not fit')
    boundRuns(content, from, at, width, entries)
  }
  if (kind === 'levels') {
    for (const most of [chunk.leaf.maxRepetition, chunk.leaf.maxDefinition]) if (most > 0) prefixed(bits(most))
  }
  if (encoding === 'RLE') prefixed(1)
  else if (INDEXES.includes(encoding) && at < bytes) {
    const width = content[at]!
    if (width > 32) throw new RangeError(`indexes of ${width} bits`)
    boundRuns(content, at + 1, bytes, width, entries)
  }
}

const bits = (most: number) => 32 - Math.clz32(most)

/** Walks the runs of a hybrid encoding (Parquet format, "RLE"), which together hold `most` values at most. */
function boundRuns(bytes: Uint8Array, from: number, to: number, width: number, most: number): void {
  const cursor = { at: from }
  let seen = 0
  while (seen < most && cursor.at < to) {
    const head = runHead(bytes, cursor, to)
    seen += runValues(head)
    cursor.at += runBytes(head, width)
    if (seen > most + (isPacked(head) ? MOST_PADDING : 0))
      throw new RangeError(`runs of ${seen} values instead of ${most}`)
  }
}

/** For what Parquet knows and this reader does not. */
export function unsupported(path: string, received: string): MimicitError {
  return new MimicitError('MIMICIT_UNSUPPORTED', {
    expected: 'Parquet with plain or dictionary values, compressed with snappy, zstd, gzip, brotli or not at all',
    where: path,
    received,
    hint: 'Write the file again, with the settings that pandas and datasets have by default.',
  })
}

function count(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  throw new RangeError(`a count of ${String(value)} in a page header`)
}
