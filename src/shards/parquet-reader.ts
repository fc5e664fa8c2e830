// Reads row groups of one Parquet shard, any columns. hyparquet does the format; what is added here is our file seam,
// our zstd and a check that the footer says what the manifest says, before anything is allocated by it.
import { type FileMetaData, parquetMetadataAsync, parquetScan } from 'hyparquet'
import { MimicitError } from '../base/errors.js'
import { loadZstd } from '../io/zstd.js'
import type { ShardRecord } from './manifest.js'
import { parquetSource } from './parquet-source.js'
import { damagedShard, type ShardFile, type ShardReader } from './shard.js'

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
  const { decompress } = await loadZstd()
  const source = parquetSource(file)
  const compressors = { ZSTD: decompress }
  let metadata: FileMetaData
  try {
    metadata = await parquetMetadataAsync(source)
  } catch (error) {
    throw damaged(`a footer that cannot be read (${(error as Error).message})`, error)
  }
  let firstRow = 0
  const rowGroups = metadata.row_groups.map((group) => {
    const rows = Number(group.num_rows)
    const entry = { firstRow, rows }
    firstRow += rows
    return entry
  })
  const planned = record.rowGroups
  if (rowGroups.length !== planned.length || rowGroups.some(({ rows }, i) => rows !== planned[i]!.rows)) {
    throw damaged(`row groups of ${rowGroups.map((group) => group.rows).join(', ')} rows`)
  }
  return {
    rowGroups,
    async readRowGroup(group, columns) {
      const { firstRow: rowStart, rows } = rowGroups[group]!
      try {
        const scan = await parquetScan({
          file: source,
          metadata,
          compressors,
          parsers,
          columns: [...columns],
          utf8: false,
          rowStart,
          rowEnd: rowStart + rows,
        })
        const values = await Promise.all(
          columns.map((column) => scan.readColumn({ column, rowStart, rowEnd: rowStart + rows })),
        )
        const short = values.findIndex((column) => column.length !== rows)
        if (short >= 0) throw damaged(`${values[short]!.length} values in column ${columns[short]} of ${rows} rows`)
        return Object.fromEntries(columns.map((name, i) => [name, values[i] as unknown as readonly unknown[]]))
      } catch (error) {
        // The decompressor does not know in which file it is; whoever reads the message has to.
        const placed =
          error instanceof MimicitError && (error.code !== 'MIMICIT_CORRUPT' || error.parts.where === file.path)
        if (placed) throw error
        throw damaged(`row group ${group} that cannot be read (${(error as Error).message})`, error)
      }
    },
  }
}
