// Reads a table by row: finds the row group of a row, reads the columns that were asked for and keeps the last few row
// groups, so that neighbouring rows cost nothing.
import { MimicitError } from '../base/errors.js'
import type { ReadableFile, Store } from '../io/store.js'
import { type FormName, forms } from './forms.js'
import type { ShardRecord } from './manifest.js'
import type { Columns, ShardReader } from './shard.js'
import { checkedFile, type Piece } from './sums.js'

/** Rows of one row group. */
export interface RowGroup {
  /** Row of the table at which it starts. */
  readonly firstRow: number
  readonly rows: number
  readonly columns: Columns
}

/** A table open for reading some of its columns. */
export interface TableReader {
  readonly rows: number
  /** The row group that holds a row. */
  groupOf(row: number): Promise<RowGroup>
  /** Every row group in order. */
  groups(): AsyncGenerator<RowGroup>
  close(): Promise<void>
}

/** Row groups kept in memory of one table. */
const KEPT_GROUPS = 8

/**
 * Opens a table; shards are opened when first needed.
 * @param loadPieces the sums of every shard; with them everything that is read is checked first
 * @param form what the shards are
 */
export function openTable(
  store: Store,
  shards: readonly ShardRecord[],
  columns: readonly string[],
  loadPieces?: () => Promise<readonly (readonly Piece[])[]>,
  form: FormName = 'parquet',
): TableReader {
  const starts: { readonly shard: number; readonly group: number; readonly firstRow: number; readonly rows: number }[] =
    []
  let total = 0
  shards.forEach((record, shard) => {
    record.rowGroups.forEach(({ rows }, group) => {
      starts.push({ shard, group, firstRow: total, rows })
      total += rows
    })
  })
  const files = new Map<number, Promise<{ readonly file: ReadableFile; readonly reader: ShardReader }>>()
  const kept = new Map<number, Promise<RowGroup>>()
  let pieces: Promise<readonly (readonly Piece[])[]> | undefined

  const openShard = (shard: number) => {
    let opened = files.get(shard)
    if (opened === undefined) {
      const record = shards[shard]!
      opened = store.open(record.path).then(async (file) => {
        try {
          if (pieces === undefined && loadPieces !== undefined) {
            pieces = loadPieces()
            // What fails now may work the next time, from far away above all.
            pieces.catch(() => {
              pieces = undefined
            })
          }
          const sums = (await pieces)?.[shard]
          const checked = sums === undefined ? file : { ...checkedFile(file, sums), path: file.path }
          return { file, reader: await forms[form].openShard(checked, record) }
        } catch (error) {
          await file.close()
          throw error
        }
      })
      opened.catch(() => files.delete(shard))
      files.set(shard, opened)
    }
    return opened
  }
  const load = async (index: number): Promise<RowGroup> => {
    const { shard, group, firstRow, rows } = starts[index]!
    const { reader } = await openShard(shard)
    return { firstRow, rows, columns: await reader.readRowGroup(group, columns) }
  }
  const keep = (index: number) => {
    const found = kept.get(index)
    const group = found ?? load(index)
    if (found === undefined) group.catch(() => kept.delete(index))
    kept.delete(index)
    kept.set(index, group)
    const oldest = kept.keys().next().value
    if (kept.size > KEPT_GROUPS && oldest !== undefined) kept.delete(oldest)
    return group
  }

  return {
    rows: total,
    async groupOf(row) {
      if (!Number.isInteger(row) || row < 0 || row >= total) {
        throw new MimicitError('MIMICIT_BAD_VALUE', {
          expected: `a row from 0 to ${total - 1}`,
          where: shards[0]?.path ?? 'an empty table',
          received: String(row),
        })
      }
      let low = 0
      let high = starts.length - 1
      while (low < high) {
        const middle = (low + high + 1) >> 1
        if (starts[middle]!.firstRow <= row) low = middle
        else high = middle - 1
      }
      return keep(low)
    },
    async *groups() {
      for (let index = 0; index < starts.length; index++) yield await load(index)
    },
    async close() {
      const opened = await Promise.allSettled(files.values())
      files.clear()
      kept.clear()
      for (const result of opened) if (result.status === 'fulfilled') await result.value.file.close()
    },
  }
}
