// Asks a selector for as many candidates as it takes: more where guards keep too many out, until there are none left or
// enough were tried. What a query gets does not depend on which others it is asked together with.
import { type Choice, type Choose, noCounts } from './choose.js'
import type { Selector } from './selector.js'

/** Candidates asked for, as multiples of what may be taken: at first, from one try to the next, and at most. */
const FIRST = 2
const GROWTH = 4
const MOST = 128

/** The contexts of some queries. */
export async function chooseFor(
  queries: readonly number[],
  selector: Selector,
  choose: Choose,
  k: number,
): Promise<readonly Choice[]> {
  const choices: Choice[] = queries.map(() => ({ taken: [], keptOut: noCounts() }))
  const limits = queries.map((query) => Math.min(k, selector.rules(query).most))
  for (const limit of new Set(limits)) {
    let open = limit > 0 ? [...queries.keys()].filter((place) => limits[place] === limit) : []
    for (let count = FIRST * limit; open.length > 0; count *= GROWTH) {
      const proposals = await selector.propose(
        open.map((place) => queries[place]!),
        count,
      )
      const short: number[] = []
      for (const [i, place] of open.entries()) {
        const query = queries[place]!
        const { taken, keptOut } = choose(query, proposals[i]!, limit, selector.rules(query))
        choices[place] = { taken: selector.arrange?.(query, taken) ?? taken, keptOut }
        const more = proposals[i]!.length >= count && count * GROWTH <= MOST * limit
        if (taken.length < limit && more) short.push(place)
      }
      open = short
    }
  }
  return choices
}
