// A row of a lengths table as columns: the one place that knows which column is which count.
import type { LengthsRow } from '../text/lengths-row.js'
import type { Columns } from './shard.js'
import type { Row } from './table-writer.js'

/** The columns of a row, and about how many bytes they take. */
export function lengthsTableRow(row: LengthsRow): [row: Row, bytes: number] {
  const list = (ids: ArrayLike<number> | null) => (ids === null ? null : Array.from(ids))
  const kept = [row.ids, row.unmarkedIds, row.interleavedIds].reduce((sum, ids) => sum + (ids?.length ?? 0), 0)
  return [
    {
      instruction: row.instruction,
      unmarked: row.unmarked,
      interleaved: row.interleaved,
      response: row.response,
      ids: list(row.ids),
      unmarked_ids: list(row.unmarkedIds),
      interleaved_ids: list(row.interleavedIds),
    },
    24 + 4 * kept,
  ]
}

/** The row at an index of a row group. */
export function lengthsRowAt(columns: Columns, index: number): LengthsRow {
  const at = <T>(name: string) => (columns[name]?.[index] ?? null) as T
  return {
    instruction: at('instruction'),
    unmarked: at('unmarked'),
    interleaved: at('interleaved'),
    response: at('response'),
    ids: at('ids'),
    unmarkedIds: at('unmarked_ids'),
    interleavedIds: at('interleaved_ids'),
  }
}
