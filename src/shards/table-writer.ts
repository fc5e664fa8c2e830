// Writes one table as numbered shards: rows are gathered until they fill a row group (counted in bytes), row groups
// until they fill a shard. Memory is one row group, and of text those that other threads encode meanwhile: they are
// appended in the order in which they were gathered, so the bytes are those of a single thread.
import { mkdir } from 'node:fs/promises'
import { createArena } from '../base/arena.js'
import { type ColumnBuilder, columnBuilder } from './column-builder.js'
import { createColumnMemory } from './column-memory.js'
import type { EncodedGroup } from './encoded-group.js'
import { forms } from './forms.js'
import type { GroupEncoder } from './group-encoder.js'
import type { ShardRecord } from './manifest.js'
import { givePacked, type PackedColumn, unpacked } from './packed-column.js'
import type { Span } from './picture-spans.js'
import type { Columns, Profile, ShardForm, ShardWriter } from './shard.js'
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

/** Rows that are added together. */
export interface RowRun {
  readonly count: number
  /** About what a row takes, as with `add`. */
  bytesOf(row: number): number
  /** Adds rows to the builder of each column. @param from the first, `to` behind the last */
  push(columns: Readonly<Record<string, ColumnBuilder>>, from: number, to: number): void
}

/** A table that was written. */
export interface FinishedTable {
  readonly shards: readonly ShardRecord[]
  readonly blocks: readonly number[]
  /** Hashes of all but the pictures, shard by shard. */
  readonly pieces: readonly (readonly Piece[])[]
}

/** How a table is stored, where it begins, and who hears of its shards. */
export interface TableStart {
  /** @default Parquet */
  readonly form?: ShardForm
  readonly profile?: Profile | undefined
  /** Shards that are there already and stay as they are: numbers go on after them. @default none */
  readonly before?: FinishedTable
  /** Number of the first shard that is written, where files with smaller numbers may still be read. @default after those */
  readonly firstNumber?: number
  /** Whether the rows of those shards will be added once more, to be passed over. @default false */
  readonly offeredAgain?: boolean
  /** Encodes row groups of text in threads. @default they are encoded when they are appended */
  readonly encoder?: GroupEncoder | undefined
  /** Called with each shard when it is whole and on the disk. */
  readonly onShard?: ((shard: ShardRecord, pieces: readonly Piece[]) => Promise<void>) | undefined
}

/** A row group that has all its rows, on its way to a file. */
interface GatheredGroup {
  readonly rows: number
  readonly columns: Columns
  readonly encoded: Promise<EncodedGroup> | undefined
}

const NOTHING: FinishedTable = { shards: [], blocks: [], pieces: [] }

/** A table being written. */
export interface TableWriter {
  /**
   * Appends a row; a picture's bytes may be used for something else afterwards.
   * @param bytes about what it takes, for cutting row groups
   */
  add(row: Row, bytes: number): Promise<void>
  /** Appends rows, as if each had been added by itself. */
  addRun(run: RowRun): Promise<void>
  /** Rows so far, those from before included unless they are offered again. */
  readonly rows: number
  finish(): Promise<FinishedTable>
  abort(): Promise<void>
}

/**
 * Starts a table below `root`/`directory`.
 * @param onPictures called with the number of a shard and the places in it of the pictures of each row group, in row order
 */
export async function createTableWriter(
  root: string,
  directory: string,
  schema: TableSchema,
  sizes: TableSizes,
  onPictures?: (shard: number, spans: readonly Span[]) => void,
  {
    form = forms.parquet,
    profile,
    encoder,
    before = NOTHING,
    firstNumber = before.shards.length,
    offeredAgain = false,
    onShard,
  }: TableStart = {},
): Promise<TableWriter> {
  await mkdir(`${root}/${directory}`, { recursive: true })
  const shards: ShardRecord[] = [...before.shards]
  const blocks: number[] = [...before.blocks]
  const pieces: (readonly Piece[])[] = [...before.pieces]
  let open: { readonly path: string; readonly writer: ShardWriter } | undefined
  /** Row groups that are encoded, in their order. */
  const underWay: GatheredGroup[] = []
  const apart = form.encodesApart && !schema.columns.some((column) => column.raw) ? encoder : undefined
  // By column, not by row: rows would be thousands of objects that live until the row group is full.
  const rawColumn = schema.columns.find((column) => column.raw)?.name
  const pictures = createArena()
  const memory = createColumnMemory()
  const pending = schema.columns.map((column) => [column.name, columnBuilder(column, memory)] as const)
  const builders = Object.fromEntries(pending)
  let pendingRows = 0
  let pendingBytes = 0
  const heldRows = shards.reduce((sum, shard) => sum + shard.rows, 0)
  let rows = offeredAgain ? 0 : heldRows

  const closeShard = async () => {
    if (open === undefined) return
    const { rows: shardRows, bytes, sha256, rowGroups, pieces: sums } = await open.writer.finish()
    const shard = { path: open.path, rows: shardRows, bytes, sha256, rowGroups: [...rowGroups] }
    pieces.push(sums)
    shards.push(shard)
    open = undefined
    await onShard?.(shard, sums)
  }
  const append = async ({ rows: count, columns, encoded }: GatheredGroup) => {
    const ready = await encoded
    if (open === undefined) {
      const number = firstNumber + shards.length - before.shards.length
      const path = `${directory}/${String(number).padStart(5, '0')}.${form.extension}`
      open = { path, writer: await form.createShard(`${root}/${path}`, schema, profile) }
    }
    const spans = await open.writer.writeRowGroup(count, columns, ready)
    onPictures?.(shards.length, spans)
    blocks.push(count)
    if (open.writer.bytes >= sizes.shardBytes) await closeShard()
  }
  const keptImage = (image: unknown) => {
    const { bytes, path } = image as { readonly bytes: Uint8Array; readonly path: string }
    return { bytes: pictures.keep(bytes), path }
  }
  /** The columns of a row group, and those of them that are no list of values. */
  const takeColumns = () => {
    const packed: Record<string, PackedColumn> = {}
    const columns: Record<string, readonly unknown[]> = {}
    for (const [name, builder] of pending) {
      const taken = builder.take()
      if ('kind' in taken) packed[name] = taken
      else columns[name] = taken
    }
    return { columns, packed }
  }
  const flush = async () => {
    if (pendingRows === 0) return
    const { columns, packed } = takeColumns()
    const encoded = apart?.encode({ table: schema, profile, rows: pendingRows, columns, packed }, pendingBytes)
    const give = () => givePacked(packed, memory)
    // A failure is thrown when its turn comes; until then it must not count as unhandled.
    encoded?.then(give, give)
    // Once it is encoded nobody needs its values, which are what takes memory.
    const values = apart === undefined ? { ...columns, ...unpacked(packed, pendingRows) } : {}
    if (encoded === undefined) give()
    underWay.push({ rows: pendingRows, columns: values, encoded })
    pendingRows = 0
    pendingBytes = 0
    while (underWay.length > (apart?.ahead ?? 0)) await append(underWay.shift()!)
    pictures.reset()
  }

  return {
    get rows() {
      return rows
    },
    async add(row, bytes) {
      if (rows < heldRows) {
        rows++
        return
      }
      if (pendingRows > 0 && pendingBytes + bytes > sizes.rowGroupBytes) await flush()
      for (const [name, builder] of pending) builder.push(name === rawColumn ? keptImage(row[name]) : row[name])
      pendingRows++
      pendingBytes += bytes
      rows++
      if (pendingRows >= sizes.rowGroupRows || pendingBytes >= sizes.rowGroupBytes) await flush()
    },
    async addRun({ count, bytesOf, push }) {
      for (let from = 0; from < count; ) {
        if (rows < heldRows) {
          const passed = Math.min(count - from, heldRows - rows)
          rows += passed
          from += passed
          continue
        }
        let to = from
        let isFull = false
        while (to < count && !isFull) {
          const bytes = bytesOf(to)
          isFull = pendingRows > 0 && pendingBytes + bytes > sizes.rowGroupBytes
          if (isFull) break
          pendingRows++
          pendingBytes += bytes
          to++
          isFull = pendingRows >= sizes.rowGroupRows || pendingBytes >= sizes.rowGroupBytes
        }
        push(builders, from, to)
        rows += to - from
        from = to
        if (isFull) await flush()
      }
    },
    async finish() {
      await flush()
      for (let group = underWay.shift(); group !== undefined; group = underWay.shift()) await append(group)
      await closeShard()
      return { shards, blocks, pieces }
    },
    async abort() {
      await open?.writer.abort()
    },
  }
}
