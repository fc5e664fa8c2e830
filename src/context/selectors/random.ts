// Any pairs of the same partition, drawn by (seed, query): what every other function is compared with.
import { randomStream } from '../../base/random.js'
import { groupRows } from '../groups.js'
import { PLAIN_RULES, type Selector, type SelectorWorld } from '../selector.js'
import { sample } from './sample.js'

/** Rows drawn without replacement. */
export async function random({ partitions, seed }: SelectorWorld): Promise<Selector> {
  const pools = groupRows(Float64Array.from(partitions))
  return {
    identity: 'random 1',
    scored: false,
    rules: () => PLAIN_RULES,
    order: 'nearest-first',
    propose: async (queries, count) =>
      queries.map((query) => {
        const pool = pools.rows(pools.of[query]!)
        return sample(pool, count, randomStream('random 1', seed, query)).map((row) => ({ row, score: null }))
      }),
  }
}
