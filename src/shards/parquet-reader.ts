// Reads row groups of one Parquet shard, any columns. hyparquet does the format; what is added here is our file seam,
// our zstd and the checks without which hyparquet would allocate, or go round, by whatever a file claims: the footer when
// a shard is opened, the pages of a column when its bytes come in, the values when they are decoded.
import { type AsyncBuffer, parquetScan } from 'hyparquet'
import { MimicitError } from '../base/errors.js'
import { loadDecompress } from '../io/zstd.js'
import type { ShardRecord } from './manifest.js'
import { pagedColumn } from './paged-column.js'
import { type Chunk, type ParquetFooter, readParquetFooter, rowGroupOf } from './parquet-footer.js'
import { checkPages, guardedCompressors, type PagePlan } from './parquet-pages.js'
import { damagedShard, type ShardFile, type ShardReader } from './shard.js'
import type { Column } from './table-schema.js'

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
/** hyparquet's own parser takes a byte order mark off the beginning of a text, which is a character of it like any other. */
const parsers = { stringFromBytes: (bytes: Uint8Array | undefined) => (bytes && utf8.decode(bytes)) as string }

/**
 * Opens a shard of a table.
 * @throws MimicitError MIMICIT_CORRUPT if the file is not the one that the manifest describes
 */
export async function openParquetShard(file: ShardFile, record: ShardRecord): Promise<ShardReader> {
  const damaged = (received: string, cause?: unknown) => damagedShard(file, record, received, cause)
  if (file.byteLength !== record.bytes) throw damaged(`a file of ${file.byteLength} bytes`)
  const { metadata, countsFrom, chunks: chunksOfGroup } = await placedFooter(file, record)
  let firstRow = 0
  const rowGroups = record.rowGroups.map(({ rows }) => {
    const entry = { firstRow, rows }
    firstRow += rows
    return entry
  })

  const chunksOf = (group: number, name: string) => {
    const chunks = chunksOfGroup(group).filter(({ leaf }) => leaf.column.name === name)
    if (chunks.length === 0) throw new RangeError(`no column ${name}`)
    return chunks
  }
  /** The values of a column; its chunks may be parts of those of the file. */
  const scan = async (from: ShardFile, chunks: readonly Chunk[], rows: number): Promise<readonly unknown[]> => {
    const { name } = chunks[0]!.leaf.column
    const { source, plans } = guardedSource(from, chunks)
    const scanned = await parquetScan({
      file: source,
      // This row group alone: it would look at all of them each time.
      metadata: { ...metadata, row_groups: [rowGroupOf(chunks, rows)] },
      compressors: guardedCompressors(plans, await loadDecompress()),
      parsers,
      columns: [name],
      utf8: false,
      rowStart: 0,
      rowEnd: rows,
    })
    const range = { column: name, rowStart: 0, rowEnd: rows }
    const values = (await scanned.readColumn(range)) as unknown as readonly unknown[]
    checkShape(chunks[0]!.leaf.column, values, rows)
    return values
  }

  /** Says in which file: the decompressor does not know, whoever reads the message has to. */
  const placing = (group: number, error: unknown) => {
    const isPlaced =
      error instanceof MimicitError && (error.code !== 'MIMICIT_CORRUPT' || error.parts.where !== 'compressed text')
    return isPlaced ? error : damaged(`row group ${group} that cannot be read (${(error as Error).message})`, error)
  }
  const placed = async <T>(group: number, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw placing(group, error)
    }
  }

  return {
    rowGroups,
    readRowGroup: (group, columns) =>
      placed(group, async () => {
        const { rows } = rowGroups[group]!
        const values = await Promise.all(columns.map((name) => scan(file, chunksOf(group, name), rows)))
        return Object.fromEntries(columns.map((name, i) => [name, values[i]!]))
      }),
    countsFrom,
    openColumn: (group, name) =>
      placed(group, async () => {
        const [chunk, ...others] = chunksOf(group, name)
        if (others.length > 0) throw new RangeError(`a column ${name} of several chunks`)
        const [bytes, zstd] = await Promise.all([file.read(chunk!.start, chunk!.end - chunk!.start), loadDecompress()])
        const column = pagedColumn(bytes, chunk!, {
          decode: (part, of, rows) => placed(group, () => scan({ ...part, path: file.path }, [of], rows)),
          zstd,
        })
        const need = (row: number) => {
          try {
            return column.need(row)
          } catch (error) {
            // Whoever needs rows of several columns at once waits for all of them.
            return Promise.reject(placing(group, error))
          }
        }
        return { ...column, need }
      }),
  }
}

/**
 * The footer of a shard.
 * @throws MimicitError MIMICIT_CORRUPT if it cannot be read or is not the one that the manifest describes
 */
export async function placedFooter(file: ShardFile, record: ShardRecord): Promise<ParquetFooter> {
  const wrong = (error: unknown) =>
    error instanceof MimicitError
      ? error
      : damagedShard(file, record, `a footer that cannot be read (${(error as Error).message})`, error)
  try {
    const footer = await readParquetFooter(file, record)
    const placed =
      <A extends unknown[], R>(read: (...args: A) => R) =>
      (...args: A): R => {
        try {
          return read(...args)
        } catch (error) {
          throw wrong(error)
        }
      }
    return { ...footer, chunks: placed(footer.chunks), countsFrom: placed(footer.countsFrom) }
  } catch (error) {
    throw wrong(error)
  }
}

/** What hyparquet reads a column from: bytes of whole chunks, whose pages are checked on the way. */
function guardedSource(file: ShardFile, chunks: readonly Chunk[]) {
  let plans: readonly PagePlan[] = []
  const source: AsyncBuffer = {
    byteLength: file.byteLength,
    async slice(start, end = file.byteLength) {
      const wanted = chunks.filter((chunk) => chunk.start >= start && chunk.end <= end)
      const length = wanted.reduce((sum, chunk) => sum + chunk.end - chunk.start, 0)
      if (length !== end - start) throw new RangeError(`bytes ${start} to ${end}, which are no column`)
      const bytes = await file.read(start, length)
      plans = wanted.flatMap((chunk) => checkPages(bytes.subarray(chunk.start - start, chunk.end - start), chunk))
      const { buffer, byteOffset, byteLength } = bytes
      // hyparquet takes all of a buffer; a read may come as a part of a larger one, of which it must not see the rest.
      const isWhole = byteOffset === 0 && byteLength === buffer.byteLength
      return (isWhole ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)) as ArrayBuffer
    },
  }
  return { source, plans: () => plans }
}

/** One value a row, and none missing where none may be: an index beyond its dictionary gives undefined. */
function checkShape({ name, kind, nullable }: Column, values: readonly unknown[], rows: number): void {
  if (values.length !== rows) throw new RangeError(`${values.length} values of ${name} in ${rows} rows`)
  // Numbers that may not be missing come as typed arrays, which have no holes.
  if (!Array.isArray(values)) return
  const isList = kind.startsWith('list<')
  for (let row = 0; row < rows; row++) {
    const value = values[row]
    if (value === undefined || value === null) {
      if (!nullable) throw new RangeError(`a row without ${name}`)
    } else if (isList && !isFullList(value)) throw new RangeError(`a list ${name} with an element missing`)
  }
}

function isFullList(value: unknown): boolean {
  if (!Array.isArray(value)) return false
  for (let i = 0; i < value.length; i++) if (value[i] === undefined || value[i] === null) return false
  return true
}
