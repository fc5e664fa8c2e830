// Asks a selector for as many candidates as it takes: more where guards keep too many out, until there are none left or
// enough were tried. What a query gets does not depend on which others it is asked together with.
import { type Choice, type Choose, noCounts } from './choose.js'
import type { Selector } from './selector.js'

/** Candidates asked for, as multiples of k: at first, from one try to the next, and at most. */
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
  let open = [...queries.keys()]
  for (let count = FIRST * k; open.length > 0; count *= GROWTH) {
    const proposals = await selector.propose(
      open.map((place) => queries[place]!),
      count,
    )
    const short: number[] = []
    for (const [i, place] of open.entries()) {
      const query = queries[place]!
      const rules = selector.rules(query)
      const choice = choose(query, proposals[i]!, k, rules)
      choices[place] = choice
      const more = proposals[i]!.length >= count && count * GROWTH <= MOST * k
      if (choice.taken.length < Math.min(k, rules.most) && more) short.push(place)
    }
    open = short
  }
  return choices
}
