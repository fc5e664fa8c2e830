// An in-context function of one's own as a selector: what it gives is checked, since it may be anything.
import { MimicitError, show } from '../base/errors.js'
import { randomStream } from '../base/random.js'
import type { Dataset } from '../shards/dataset.js'
import { type ContextFunction, PLAIN_RULES, type Selector } from './selector.js'

/** What a function is called in tables and messages. */
export const nameOf = (choose: ContextFunction): string => (choose.name === '' ? 'own function' : choose.name)

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value

/** Queries whose function is under way at the same time. */
const AT_ONCE = 16

/** @throws MimicitError MIMICIT_BAD_VALUE when asked, if the function gives rows that there are not, or the query's own */
export function ownSelector(dataset: Dataset, choose: ContextFunction, seed: number): Selector {
  const { rows } = dataset.manifest.tables.pairs
  const one = async (query: number) => {
    const { response: _, ...pair } = await dataset.pair(query)
    const given: unknown = await choose({ ...pair, row: query }, dataset, randomStream('own 1', seed, query))
    const refused = (expected: string, received: unknown) =>
      new MimicitError('MIMICIT_BAD_VALUE', {
        expected,
        where: `the in-context function ${nameOf(choose)} for pair ${pair.id} (row ${query})`,
        received: show(received),
      })
    if (!isIterable(given)) throw refused('a list of pair rows', given)
    const list = [...given]
    const isOther = (row: unknown) =>
      Number.isInteger(row) && row !== query && (row as number) >= 0 && (row as number) < rows
    const wrong = list.findIndex((row) => !isOther(row))
    if (wrong >= 0) throw refused(`pair rows from 0 to ${rows - 1} other than the query's`, list[wrong])
    return [...new Set(list as readonly number[])].map((row) => ({ row, score: null }))
  }
  return {
    // A function cannot be compared with that of another run; its text is what comes nearest to it.
    identity: ['own 1', choose.toString()],
    scored: false,
    rules: () => ({ ...PLAIN_RULES, sameVisuals: true }),
    order: 'nearest-first',
    async propose(queries) {
      const proposals = []
      for (let from = 0; from < queries.length; from += AT_ONCE) {
        proposals.push(...(await Promise.all(queries.slice(from, from + AT_ONCE).map(one))))
      }
      return proposals
    },
  }
}
