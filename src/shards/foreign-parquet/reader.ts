// Reads Parquet files that somebody else wrote, row group by row group: memory is bounded by the columns of one of them.
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { type AsyncBuffer, type Compressors, parquetScan } from 'hyparquet'
import { MimicitError } from '../../base/errors.js'
import type { ReadableFile } from '../../io/store.js'
import { loadDecompress } from '../../io/zstd.js'
import { unsnap } from '../parquet-pages.js'
import { type ParquetChunk, type ParquetLeaf, readForeignFooter } from './footer.js'
import { checkContent, type ForeignPage, foreignPages, unsupported } from './pages.js'

/** Rows of one row group. */
export interface ParquetRows {
  readonly firstRow: number
  readonly rows: number
  /** Bytes of the file before this row group and with it, for progress. */
  readonly before: number
  readonly after: number
  /** The values of a column, one a row; missing ones are null or undefined. */
  readonly columns: Readonly<Record<string, readonly unknown[]>>
}

/** A Parquet file. */
export interface ForeignParquet {
  readonly leaves: readonly ParquetLeaf[]
  readonly rows: number
  /** Names of the columns at the top, in order. */
  readonly names: readonly string[]
  /** Metadata of the file by key (`pandas`, `ARROW:schema`). */
  readonly metadata: ReadonlyMap<string, string>
  /**
   * Row group by row group.
   * @param columns names at the top
   * @param raw those among them whose texts come as bytes, which costs no copy
   * @throws MimicitError MIMICIT_CORRUPT, MIMICIT_UNSUPPORTED
   */
  read(columns: readonly string[], raw?: readonly string[]): AsyncGenerator<ParquetRows>
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
const asText = { stringFromBytes: (bytes: Uint8Array | undefined) => (bytes && utf8.decode(bytes)) as string }
const asBytes = { stringFromBytes: (bytes: Uint8Array | undefined) => bytes as unknown as string }

/**
 * Opens such a file: reads its footer.
 * @throws MimicitError MIMICIT_CORRUPT if it is no Parquet file
 */
export async function openForeignParquet(file: ReadableFile): Promise<ForeignParquet> {
  const { metadata, leaves, groups } = await readForeignFooter(file)
  const decompress = await loadDecompress()

  const readColumn = async (group: number, name: string, isRaw: boolean): Promise<readonly unknown[]> => {
    const { rows, chunks } = groups[group]!
    if (rows === 0) return []
    const wanted = chunks.filter(({ leaf }) => leaf.path[0] === name)
    const { source, compressors } = guarded(file, wanted, decompress)
    const scan = await parquetScan({
      file: source,
      // This row group alone: it would look at all of them each time.
      metadata: { ...metadata, row_groups: [metadata.row_groups[group]!] },
      compressors,
      parsers: isRaw ? asBytes : asText,
      columns: [name],
      utf8: false,
      useOffsetIndex: false,
      rowStart: 0,
      rowEnd: rows,
    })
    const values = (await scan.readColumn({ column: name, rowStart: 0, rowEnd: rows })) as unknown as readonly unknown[]
    if (values.length !== rows) throw new RangeError(`${values.length} values of ${name} in ${rows} rows`)
    return values
  }

  return {
    leaves,
    rows: groups.reduce((sum, { rows }) => sum + rows, 0),
    names: [...new Set(leaves.map(({ path }) => path[0]!))],
    metadata: new Map((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? ''])),
    async *read(columns, raw = []) {
      let firstRow = 0
      let before = 0
      for (const [group, { rows, chunks }] of groups.entries()) {
        const size = chunks.reduce((sum, { start, end }) => sum + end - start, 0)
        const after = Math.min(file.byteLength, before + size)
        const values: Record<string, readonly unknown[]> = {}
        for (const name of columns) {
          try {
            values[name] = await readColumn(group, name, raw.includes(name))
          } catch (error) {
            throw placed(error, `${file.path}, row group ${group}, column ${name}`)
          }
        }
        yield { firstRow, rows, before, after, columns: values }
        firstRow += rows
        before = after
      }
    },
  }
}

/** What hyparquet reads a column from, and decompresses it with: both look at every page first. */
function guarded(
  file: ReadableFile,
  chunks: readonly ParquetChunk[],
  zstd: (bytes: Uint8Array, length: number) => Uint8Array,
): { readonly source: AsyncBuffer; readonly compressors: Compressors } {
  /** Pages by the buffer that they lie in and by the first byte of their values there. */
  const pages = new WeakMap<ArrayBufferLike, Map<number, ForeignPage>>()
  const decompressors: Record<string, (bytes: Uint8Array, length: number) => Uint8Array> = {
    ZSTD: zstd,
    SNAPPY: unsnap,
    GZIP: (bytes, length) => gunzipSync(bytes, { maxOutputLength: Math.max(1, length) }),
    BROTLI: (bytes, length) => brotliDecompressSync(bytes, { maxOutputLength: Math.max(1, length) }),
  }
  for (const { codec, leaf } of chunks) {
    if (codec === 'UNCOMPRESSED' || Object.hasOwn(decompressors, codec)) continue
    throw unsupported(file.path, `column ${leaf.path.join('.')} compressed with ${codec}`)
  }
  const source: AsyncBuffer = {
    byteLength: file.byteLength,
    async slice(start, end = file.byteLength) {
      const inside = chunks.filter((chunk) => chunk.start >= start && chunk.end <= end)
      if (inside.length === 0) throw new RangeError(`bytes ${start} to ${end}, which are no column`)
      const bytes = await file.read(start, end - start)
      const { buffer, byteOffset, byteLength } = bytes
      // hyparquet takes all of a buffer; a read may come as a part of a larger one, of which it must not see the rest.
      const isWhole = byteOffset === 0 && byteLength === buffer.byteLength
      const own = (isWhole ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)) as ArrayBuffer
      const checked = inside.map((chunk) => {
        const content = new Uint8Array(own, chunk.start - start, chunk.end - chunk.start)
        return [chunk.start - start, foreignPages(content, chunk, file.path)] as const
      })
      const note = (buffer: ArrayBuffer, from: number) => {
        const placed = checked.flatMap(([at, found]) => found.map((page) => [at + page.from - from, page] as const))
        pages.set(buffer, new Map(placed))
        return buffer
      }
      note(own, 0)
      if (inside.length === 1) return own
      // Columns that touch are read at once and then cut apart; pages must be known again in the pieces.
      const cut = (from: number, to: number) => note(ArrayBuffer.prototype.slice.call(own, from, to), from)
      return Object.assign(own, { slice: cut })
    },
  }
  const guard = (inflate: (typeof decompressors)[string]) => (bytes: Uint8Array, length: number) => {
    if (length === 0) return new Uint8Array(0)
    const page = pages.get(bytes.buffer)?.get(bytes.byteOffset)
    if (page === undefined || page.bytes !== length) throw new RangeError('a page that was not checked')
    const content = inflate(bytes, length)
    checkContent(content, page)
    return content
  }
  return {
    source,
    compressors: Object.fromEntries(Object.entries(decompressors).map(([codec, inflate]) => [codec, guard(inflate)])),
  }
}

/** Decompressors do not know in which file they are; whoever reads the message has to. */
function placed(error: unknown, where: string): unknown {
  if (error instanceof MimicitError && error.parts.where !== 'compressed text') return error
  return new MimicitError('MIMICIT_CORRUPT', {
    expected: 'a column that can be read',
    where,
    received: error instanceof MimicitError ? error.parts.received : (error as Error).message,
    hint: 'The file is damaged; download or write it again.',
    cause: error,
  })
}
