// Rows of a context table, together or one by one.
import type { NumberLists } from './packed-column.js'
import type { RowRun } from './table-writer.js'

/** About what a row takes. */
export const contextBytes = (contexts: number): number => 40 + contexts * 8

/** Rows without scores. */
export const contextRun = (queries: readonly number[], lists: NumberLists): RowRun => ({
  count: queries.length,
  bytesOf: (i) => contextBytes(lists.lengths[i]!),
  push(columns, from, to) {
    for (let i = from; i < to; i++) columns.query!.push(queries[i])
    columns.contexts!.pushLists(lists, from, to)
    columns.scores!.pushSame(null, to - from)
  },
})
