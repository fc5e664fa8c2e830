// From queries of a context table to its rows. Memory follows the rows that were added: a table of one row may name query
// 2^31 - 2, and an array up to there would be 8 GiB. It is never larger than the queries that there may be, and there is none
// where query n stands in row n, which is how most tables are.

/** Rows by query. */
export interface RowPositions {
  of(query: number): number | undefined
  /** False if the query has a row already. */
  add(query: number, row: number): boolean
  /** Adds so many queries from `inOrder` on, each in the row of its own number, as all so far. */
  addInOrder(rows: number): void
  /** So many first queries stand in the row of their own number, 0 in 0, 1 in 1 and so on. */
  readonly inOrder: number
}

/** @param most queries are below it */
export function rowPositions(most: number): RowPositions {
  let inOrder = 0
  let near = new Int32Array(0)
  const far = new Map<number, number>()
  let count = 0
  const of = (query: number): number | undefined => {
    if (query < inOrder) return query
    const row = query < near.length ? near[query]! : -1
    return row < 0 ? far.get(query) : row
  }
  return {
    of,
    add(query, row) {
      if (of(query) !== undefined) return false
      count++
      // In order as long as all are: what comes later may be anywhere.
      if (query === row && query === inOrder && count === inOrder + 1) {
        inOrder++
        return true
      }
      if (query >= near.length && query < 16 * count) {
        const larger = new Int32Array(Math.min(32 * count, most)).fill(-1)
        larger.set(near)
        near = larger
      }
      if (query < near.length) near[query] = row
      else far.set(query, row)
      return true
    },
    addInOrder(rows) {
      if (count !== inOrder) throw new RangeError(`${rows} queries in order behind ${count - inOrder} that are not`)
      inOrder += rows
      count = inOrder
    },
    get inOrder() {
      return inOrder
    },
  }
}
