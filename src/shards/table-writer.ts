// Writes one table as numbered shards: rows are gathered until they fill a row group (counted in bytes), row groups
// until they fill a shard. Memory is one row group.
import { mkdir } from 'node:fs/promises'
import type { ShardRecord } from './manifest.js'
import { createParquetShard, type ShardWriter } from './parquet-writer.js'
import type { Span } from './picture-spans.js'
import type { Piece } from './sums.js'
import type { TableSchema } from './table-schema.js'

/** How large row groups and shards become; changing these changes the bytes, and the blocks, of a data set. */
export interface TableSizes {
  readonly rowGroupBytes: number
  /** A row group also ends at this many rows, so that small rows do not make giant ones. */
  readonly rowGroupRows: number
  readonly shardBytes: number
}

/** One row, by column name. */
export type Row = Readonly<Record<string, unknown>>

/** A picture's place: the number of its shard and the span inside it. */
export interface PlacedSpan extends Span {
  readonly shard: number
}

/** A table that was written. */
export interface FinishedTable {
  readonly shards: readonly ShardRecord[]
  readonly blocks: readonly number[]
  /** Hashes of all but the pictures, shard by shard. */
  readonly pieces: readonly (readonly Piece[])[]
}

/** A table before its first row. */
const NOTHING: FinishedTable = { shards: [], blocks: [], pieces: [] }

/** A table being written. */
export interface TableWriter {
  /** Appends a row; `bytes` is about what it takes, for cutting row groups. */
  add(row: Row, bytes: number): Promise<void>
  /** Rows so far, those from before included. */
  readonly rows: number
  finish(): Promise<FinishedTable>
  abort(): Promise<void>
}

/**
 * Starts a table below `root`/`directory`.
 * @param onPictures called with the places of the pictures of each row group, in row order
 * @param before shards that are there already and stay as they are: rows and numbers go on after them
 */
export async function createTableWriter(
  root: string,
  directory: string,
  schema: TableSchema,
  sizes: TableSizes,
  onPictures?: (spans: readonly PlacedSpan[]) => void,
  before: FinishedTable = NOTHING,
): Promise<TableWriter> {
  await mkdir(`${root}/${directory}`, { recursive: true })
  const shards: ShardRecord[] = [...before.shards]
  const blocks: number[] = [...before.blocks]
  const pieces: (readonly Piece[])[] = [...before.pieces]
  let open: { readonly path: string; readonly writer: ShardWriter } | undefined
  let pending: Row[] = []
  let pendingBytes = 0
  let rows = shards.reduce((sum, shard) => sum + shard.rows, 0)

  const closeShard = async () => {
    if (open === undefined) return
    const { rows: shardRows, bytes, sha256, rowGroups, pieces: sums } = await open.writer.finish()
    pieces.push(sums)
    shards.push({ path: open.path, rows: shardRows, bytes, sha256, rowGroups: [...rowGroups] })
    open = undefined
  }
  const flush = async () => {
    if (pending.length === 0) return
    if (open === undefined) {
      const path = `${directory}/${String(shards.length).padStart(5, '0')}.parquet`
      open = { path, writer: await createParquetShard(`${root}/${path}`, schema) }
    }
    const columns = Object.fromEntries(schema.columns.map(({ name }) => [name, pending.map((row) => row[name])]))
    const spans = await open.writer.writeRowGroup(pending.length, columns)
    onPictures?.(spans.map((span) => ({ ...span, shard: shards.length })))
    blocks.push(pending.length)
    pending = []
    pendingBytes = 0
    if (open.writer.bytes >= sizes.shardBytes) await closeShard()
  }

  return {
    get rows() {
      return rows
    },
    async add(row, bytes) {
      if (pending.length > 0 && pendingBytes + bytes > sizes.rowGroupBytes) await flush()
      pending.push(row)
      pendingBytes += bytes
      rows++
      if (pending.length >= sizes.rowGroupRows || pendingBytes >= sizes.rowGroupBytes) await flush()
    },
    async finish() {
      await flush()
      await closeShard()
      return { shards, blocks, pieces }
    },
    async abort() {
      await open?.writer.abort()
    },
  }
}
