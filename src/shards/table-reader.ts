// Reads a table by row: finds the row group of a row, reads the columns that were asked for and keeps the last few row
// groups, so that neighbouring rows cost nothing. Whoever wants other columns of a group that is kept shares those that are
// there already.
import { MimicitError, show } from '../base/errors.js'
import { holderOf } from '../base/holder-of.js'
import { isLocal } from '../io/location.js'
import type { ReadableFile, Store } from '../io/store.js'
import { type FormName, forms } from './forms.js'
import type { ShardRecord } from './manifest.js'
import type { Columns, PagedColumn, ShardReader } from './shard.js'
import { checkedFile, keptPieces, type Piece } from './sums.js'

/** Rows of one row group. */
export interface RowGroup {
  /** Row of the table at which it starts. */
  readonly firstRow: number
  readonly rows: number
  readonly columns: Columns
}

/** A column of one row group: its values, or the first of them where each of the rest is one more. */
export type ColumnRun = { readonly firstRow: number; readonly rows: number } & (
  | { readonly from: number }
  | { readonly values: readonly unknown[] }
)

/** A table open for reading some of its columns. */
export interface TableReader {
  readonly rows: number
  /**
   * The row group that holds a row.
   * @param some of the columns that the table was opened with: only these are read; the same array each time costs least
   */
  groupOf(row: number, some?: readonly string[]): Promise<RowGroup>
  /**
   * The same for who wants this row: of its row group no more need be there, where less can be decoded.
   * @param some of the columns, as above
   */
  around(row: number, some?: readonly string[]): Promise<RowGroup>
  /** Every row group in order. */
  groups(): AsyncGenerator<RowGroup>
  /** A column, row group by row group, without reading those that only count up and say so. */
  runs(column: string): AsyncGenerator<ColumnRun>
  close(): Promise<void>
}

/** Row groups kept in memory of one table. */
const KEPT_GROUPS = 8

/** A row group that is kept. */
interface KeptGroup {
  readonly columns: Map<string, Promise<readonly unknown[]>>
  /** Some of the columns together, by the list of their names that was asked with. */
  readonly views: Map<readonly string[], Promise<RowGroup>>
  /** The same of columns that are decoded part by part. */
  readonly paged: Map<string, Promise<PagedColumn>>
  readonly pagedViews: Map<readonly string[], Promise<PagedGroup | RowGroup>>
}

type PagedReader = ShardReader & Required<Pick<ShardReader, 'openColumn'>>

/** A row group whose columns are decoded part by part. */
interface PagedGroup extends RowGroup {
  readonly parts: readonly PagedColumn[]
}

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
  const kept = new Map<number, KeptGroup>()
  const pieceCache = keptPieces(isLocal(store.location))
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
          const checked = sums === undefined ? file : { ...checkedFile(file, sums, pieceCache), path: file.path }
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
  const load = async (index: number, names: readonly string[]): Promise<RowGroup> => {
    const { shard, group, firstRow, rows } = starts[index]!
    const { reader } = await openShard(shard)
    return { firstRow, rows, columns: await reader.readRowGroup(group, names) }
  }
  const keep = (index: number): KeptGroup => {
    const group = kept.get(index) ?? { columns: new Map(), views: new Map(), paged: new Map(), pagedViews: new Map() }
    kept.delete(index)
    kept.set(index, group)
    const oldest = kept.keys().next().value
    if (kept.size > KEPT_GROUPS && oldest !== undefined) kept.delete(oldest)
    return group
  }
  const checkNames = (names: readonly string[]) => {
    const odd = names.find((name) => !columns.includes(name))
    if (odd !== undefined) throw noColumn(shards[0]!.path, columns, odd)
  }
  /** Some columns of a row group that is kept, of which those are read that nobody has read. */
  const viewed = async (index: number, group: KeptGroup, names: readonly string[]): Promise<RowGroup> => {
    checkNames(names)
    const missing = names.filter((name) => !group.columns.has(name))
    if (missing.length > 0) {
      const reading = load(index, missing)
      for (const name of missing) {
        const column = reading.then((read) => read.columns[name]!)
        column.catch(() => group.columns.delete(name))
        group.columns.set(name, column)
      }
    }
    const values = await Promise.all(names.map((name) => group.columns.get(name)!))
    const { firstRow, rows } = starts[index]!
    return { firstRow, rows, columns: Object.fromEntries(names.map((name, i) => [name, values[i]!])) }
  }
  const viewOf = (index: number, names: readonly string[]) => {
    const group = keep(index)
    return once(group.views, names, () => viewed(index, group, names))
  }
  const pagedView = async (
    index: number,
    group: KeptGroup,
    names: readonly string[],
  ): Promise<PagedGroup | RowGroup> => {
    checkNames(names)
    const { shard, firstRow, rows } = starts[index]!
    const { reader } = await openShard(shard)
    if (!isPaged(reader)) return viewOf(index, names)
    const parts = await Promise.all(
      names.map((name) => once(group.paged, name, () => reader.openColumn(starts[index]!.group, name))),
    )
    return { firstRow, rows, columns: Object.fromEntries(names.map((name, i) => [name, parts[i]!.values])), parts }
  }
  const pagedViewOf = (index: number, names: readonly string[]) => {
    const group = keep(index)
    return once(group.pagedViews, names, () => pagedView(index, group, names))
  }
  /** The row group that holds a row. */
  const indexOf = (row: number) => {
    if (!Number.isInteger(row) || row < 0 || row >= total) {
      throw new MimicitError('MIMICIT_BAD_VALUE', {
        expected: `a row from 0 to ${total - 1}`,
        where: shards[0]?.path ?? 'an empty table',
        received: String(row),
      })
    }
    return holderOf(starts.length, (index) => starts[index]!.firstRow, row)
  }

  return {
    rows: total,
    async groupOf(row, some = columns) {
      return viewOf(indexOf(row), some)
    },
    async around(row, some = columns) {
      const group = await pagedViewOf(indexOf(row), some)
      if ('parts' in group) {
        const at = row - group.firstRow
        const missing = group.parts.filter((part) => !part.has(at))
        const decoding = missing.map((part) => part.need(at)).filter((one) => one !== undefined)
        if (decoding.length > 0) await Promise.all(decoding)
      }
      return group
    },
    async *groups() {
      for (let index = 0; index < starts.length; index++) yield await load(index, columns)
    },
    async *runs(column) {
      for (const [index, { shard, group, firstRow, rows }] of starts.entries()) {
        const { reader } = await openShard(shard)
        const from = reader.countsFrom?.(group, column)
        yield from === undefined
          ? { firstRow, rows, values: (await load(index, [column])).columns[column]! }
          : { firstRow, rows, from }
      }
    },
    async close() {
      const opened = await Promise.allSettled(files.values())
      files.clear()
      kept.clear()
      for (const result of opened) if (result.status === 'fulfilled') await result.value.file.close()
    },
  }
}

/** What is known by a key, or made now; what fails is made again for the next who asks. */
function once<K, V>(known: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  const found = known.get(key)
  if (found !== undefined) return found
  const made = make()
  made.catch(() => known.delete(key))
  known.set(key, made)
  return made
}

const isPaged = (reader: ShardReader): reader is PagedReader => reader.openColumn !== undefined

const noColumn = (where: string, known: readonly string[], received: string) =>
  new MimicitError('MIMICIT_UNKNOWN_NAME', {
    expected: `some of ${known.join(', ')}`,
    where,
    received: show(received),
    hint: 'Check the spelling.',
  })
