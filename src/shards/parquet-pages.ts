// The pages of a column chunk, checked before hyparquet decodes them. It believes the numbers in page headers and in runs
// of levels and dictionary indexes: a run of two bytes may claim 2^31 values and is written out, whatever the page was
// said to hold. So every header is read here first, every run is counted, and what a page decompresses to has to be
// exactly what its values need. No bytes are read twice from the file, and none are copied.
import { snappyUncompress } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import type { Chunk, Leaf } from './parquet-footer.js'
import { isPacked, runBytes, runHead, runSize, runValues } from './run-head.js'
import { thriftEnd } from './thrift-bounds.js'

const HEADER_BOUNDS = { depth: 4, structs: 4 }
/** Bits of an index into a dictionary at most. */
const MOST_INDEX_BITS = 24

/** What the values of a page have to be, once they are decompressed. */
export interface PagePlan {
  readonly leaf: Leaf
  readonly stored: 'plain' | 'indexes'
  readonly values: number
  /** Bytes of the values, uncompressed. */
  readonly bytes: number
  /** Where the page lies in its chunk, its header included, and in it the levels of data and the values, as they are stored. */
  readonly start: number
  readonly repetitions: number
  readonly definitions: number
  readonly body: number
  readonly end: number
  /** What it counts for there. */
  readonly entries: number
  readonly uncompressedBytes: number
  /** Rows of a page of data; undefined for a dictionary. */
  readonly rows: number | undefined
}

/**
 * Checks the headers and levels of all pages of a chunk; values that are not compressed, too.
 * @returns what the compressed ones have to become, page by page
 * @throws RangeError if the chunk contradicts itself
 */
export function checkPages(bytes: Uint8Array, chunk: Chunk): PagePlan[] {
  const { leaf } = chunk
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const plans: PagePlan[] = []
  let values = 0
  let rows = 0
  let uncompressed = 0
  for (let at = 0; at < bytes.byteLength; ) {
    const body = thriftEnd(bytes, at, HEADER_BOUNDS)
    const header = parquetHeader({ view, offset: at })
    const full = count(header.uncompressed_page_size)
    const end = body + count(header.compressed_page_size)
    uncompressed += body - at + full
    if (end > bytes.byteLength || uncompressed > chunk.uncompressedBytes) {
      throw new RangeError(`a page of ${end - body} and ${full} bytes`)
    }
    const dictionary = header.dictionary_page_header
    const data = header.data_page_header_v2
    const place = { start: at, repetitions: body, definitions: body, body, end, uncompressedBytes: body - at + full }
    let plan: PagePlan
    let from = body
    if (header.type === 'DICTIONARY_PAGE' && dictionary?.encoding === 'PLAIN' && at === 0 && chunk.hasDictionary) {
      const own = count(dictionary.num_values)
      plan = { leaf, stored: 'plain', values: own, bytes: full, ...place, entries: 0, rows: undefined }
      if (plan.values > (chunk.dictionaryOf ?? chunk.values))
        throw new RangeError(`a dictionary of ${plan.values} values`)
    } else if (header.type === 'DATA_PAGE_V2' && data !== undefined && data.is_compressed === true) {
      const repetition = count(data.repetition_levels_byte_length)
      const definition = count(data.definition_levels_byte_length)
      const missing = count(data.num_nulls)
      const entries = count(data.num_values)
      from += repetition + definition
      values += entries
      rows += count(data.num_rows)
      const isFit = entries > 0 && missing <= entries && values <= chunk.values && from <= end
      if (!isFit || (leaf.isList ? data.num_rows > entries : data.num_rows !== entries)) {
        throw new RangeError(`a page of ${entries} values, ${missing} of them null, in ${data.num_rows} rows`)
      }
      checkLevels(bytes, body, body + repetition, leaf.isList ? 1 : 0, entries)
      const deepest = (leaf.isList ? 1 : 0) + (leaf.nullable ? 1 : 0)
      checkLevels(bytes, body + repetition, from, deepest, entries)
      const stored = storedAs(data.encoding, chunk)
      if (deepest === 0 && missing > 0) throw new RangeError(`${missing} nulls in ${leaf.path}`)
      const plain = full - (from - body)
      const levels = { repetitions: body, definitions: body + repetition, body: from }
      plan = {
        leaf,
        stored,
        values: entries - missing,
        bytes: plain,
        ...place,
        ...levels,
        entries,
        rows: data.num_rows,
      }
    } else {
      throw new RangeError(`a page ${header.type} that no shard has`)
    }
    if (leaf.column.raw) checkValues(bytes.subarray(from, end), plan)
    else plans.push(plan)
    at = end
  }
  if (values !== chunk.values || rows !== chunk.rows) throw new RangeError(`pages of ${values} values in ${rows} rows`)
  return plans
}

/**
 * The values of a page of a compressed chunk.
 * @param bytes of the chunk
 * @throws RangeError and MimicitError MIMICIT_CORRUPT if they are not what its header says
 */
export function pageContent(
  bytes: Uint8Array,
  plan: PagePlan,
  codec: Chunk['codec'],
  zstd: (bytes: Uint8Array, length: number) => Uint8Array,
): Uint8Array {
  const stored = bytes.subarray(plan.body, plan.end)
  const content = codec === 'SNAPPY' ? unsnap(stored, plan.bytes) : zstd(stored, plan.bytes)
  checkValues(content, plan)
  return content
}

/** Decompressors for one column that know what each page has to become, in the order in which pages are read. */
export function guardedCompressors(
  plans: () => readonly PagePlan[],
  zstd: (bytes: Uint8Array, length: number) => Uint8Array,
): Record<'ZSTD' | 'SNAPPY', (bytes: Uint8Array, length: number) => Uint8Array> {
  let page = 0
  const guarded = (inflate: typeof zstd) => (bytes: Uint8Array, length: number) => {
    const plan = plans()[page++]
    if (plan === undefined || plan.bytes !== length || length < 0) throw new RangeError('a page that was not checked')
    const content = inflate(bytes, length)
    checkValues(content, plan)
    return content
  }
  return { ZSTD: guarded(zstd), SNAPPY: guarded(unsnap) }
}

/** Values that fill their page to the last byte, so that none is read from beyond it. */
function checkValues(content: Uint8Array, { leaf, stored, values, bytes }: PagePlan): void {
  if (content.byteLength !== bytes) throw new RangeError(`a page of ${content.byteLength} bytes instead of ${bytes}`)
  if (stored === 'indexes') {
    const width = content[0]
    if (width === undefined || width > MOST_INDEX_BITS) throw new RangeError(`indexes of ${width} bits`)
    checkRuns(content, 1, content.byteLength, width, values)
    return
  }
  if (leaf.type !== 'BYTE_ARRAY') {
    if (values * (leaf.type === 'DOUBLE' ? 8 : 4) === bytes) return
    throw new RangeError(`${values} values of ${leaf.path} in ${bytes} bytes`)
  }
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength)
  let at = 0
  let found = 0
  for (; found < values && at + 4 <= bytes; found++) at += 4 + view.getUint32(at, true)
  if (found !== values || at !== bytes) throw new RangeError(`${values} values of ${leaf.path} in ${bytes} bytes`)
}

function storedAs(encoding: string, { leaf, hasDictionary }: Chunk): PagePlan['stored'] {
  if (encoding === 'PLAIN') return 'plain'
  if (encoding === 'RLE_DICTIONARY' && hasDictionary && !leaf.column.raw) return 'indexes'
  throw new RangeError(`${leaf.path} as ${encoding}`)
}

function checkLevels(bytes: Uint8Array, from: number, to: number, deepest: number, values: number): void {
  if (deepest > 0) checkRuns(bytes, from, to, deepest, values)
  else if (to > from) throw new RangeError('levels of a column that has none')
}

/**
 * Counts the runs of a hybrid encoding (Parquet format, "RLE"): together they hold `values`, the last bit-packed run up to
 * seven more, and fill their bytes.
 */
function checkRuns(bytes: Uint8Array, from: number, to: number, width: number, values: number): void {
  const cursor = { at: from }
  let seen = 0
  for (let run = 0; seen < values; run++) {
    const head = runHead(bytes, cursor, to)
    const packed = isPacked(head)
    seen += runValues(head)
    cursor.at += runBytes(head, width)
    // hyparquet takes a byte too many for packed values without bits, which only matters if something follows.
    const isLast = seen >= values
    if (runSize(head) === 0 || seen > values + (packed ? 7 : 0) || (width === 0 && packed && !(run === 0 && isLast))) {
      throw new RangeError(`runs of ${seen} values instead of ${values}`)
    }
  }
  if (cursor.at !== to) throw new RangeError(`runs of ${cursor.at - from} bytes instead of ${to - from}`)
}

/**
 * Snappy (format_description.txt), walked before it is decompressed: hyparquet goes back, and round, by a long literal.
 * @throws RangeError if it is none or does not give that many bytes
 */
export function unsnap(bytes: Uint8Array, length: number): Uint8Array {
  const damaged = () => new RangeError('damaged snappy')
  if (bytes.byteLength === 0 && length === 0) return bytes
  let at = 0
  let claimed = 0
  for (let i = 0; ; i++) {
    const next = bytes[at++]
    if (next === undefined || i === 5) throw damaged()
    claimed += (next & 0x7f) * 2 ** (7 * i)
    if (next < 0x80) break
  }
  let out = 0
  while (at < bytes.byteLength) {
    const tag = bytes[at++]!
    if ((tag & 3) === 0) {
      const extra = Math.max(0, (tag >> 2) - 59)
      let size = tag >> 2
      if (extra > 0) {
        size = 0
        for (let i = 0; i < extra; i++) size += (bytes[at + i] ?? 0) * 2 ** (8 * i)
      }
      at += extra + size + 1
      out += size + 1
    } else {
      out += (tag & 3) === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
      at += [0, 1, 2, 4][tag & 3]!
    }
    if (at > bytes.byteLength || out > length) throw damaged()
  }
  if (out !== length || claimed !== length) throw damaged()
  const content = new Uint8Array(length)
  if (length > 0) snappyUncompress(bytes, content)
  return content
}

/** A count or size of a page header, which stands there as 32 bits. */
function count(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  throw new RangeError(`a count of ${String(value)} in a page header`)
}
