// From queries of a context table to its rows. Memory follows the rows that were added: a table of one row may name query
// 2^31 - 2, and an array up to there would be 8 GiB. It is never larger than the queries that there may be.

/** Rows by query. */
export interface RowPositions {
  of(query: number): number | undefined
  /** False if the query has a row already. */
  add(query: number, row: number): boolean
}

/** @param most queries are below it */
export function rowPositions(most: number): RowPositions {
  let near = new Int32Array(Math.min(1024, most)).fill(-1)
  const far = new Map<number, number>()
  let count = 0
  const of = (query: number): number | undefined => {
    const row = query < near.length ? near[query]! : -1
    return row < 0 ? far.get(query) : row
  }
  return {
    of,
    add(query, row) {
      if (of(query) !== undefined) return false
      count++
      if (query >= near.length && query < 16 * count) {
        const larger = new Int32Array(Math.min(32 * count, most)).fill(-1)
        larger.set(near)
        near = larger
      }
      if (query < near.length) near[query] = row
      else far.set(query, row)
      return true
    },
  }
}
