// Packing: the longest sample first, each into the row that it fills best (best fit decreasing). Rows then stand in an order
// of their own, since they would else go from few long samples to many short ones; inside a row samples stand in the order of
// their places (schema/FORMAT.md, "Fillings").
import { placesByTokens, shuffledGroups } from './by-tokens.js'
import type { Filling } from './filling.js'

/** More rows than any window has. */
const ROWS = 2 ** 20

/** Rows of at most `capacity` tokens. */
export const bestFit: Filling = {
  version: 1,
  fill(tokens, { capacity, key }) {
    const order = placesByTokens(tokens)
    const rows: number[][] = []
    /** Open rows as room * ROWS + number, rising: the first with room enough is the one that is filled best. */
    const open: number[] = []
    let from = order.length
    while (from > 0) {
      // Of equally long samples the first place comes first.
      let start = from - 1
      while (start > 0 && tokens[order[start - 1]!] === tokens[order[from - 1]!]) start--
      for (let at = start; at < from; at++) {
        const place = order[at]!
        const length = tokens[place]!
        const found = firstFrom(open, length * ROWS)
        const room = found < open.length ? Math.floor(open[found]! / ROWS) : capacity
        const row = found < open.length ? open[found]! % ROWS : rows.push([]) - 1
        if (found < open.length) open.splice(found, 1)
        rows[row]!.push(place)
        const left = (room - length) * ROWS + row
        open.splice(firstFrom(open, left), 0, left)
      }
      from = start
    }
    return shuffledGroups(
      rows.map((places) => Int32Array.from(places).sort()),
      ['best-fit 1', ...key],
    )
  },
}

/** The first of rising numbers that is at least so much. */
function firstFrom(rising: readonly number[], least: number): number {
  let low = 0
  let high = rising.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (rising[middle]! < least) low = middle + 1
    else high = middle
  }
  return low
}
