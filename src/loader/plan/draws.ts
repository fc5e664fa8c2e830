// What stands at a position of a stream: the source it is drawn from, and the pair row. Pure, and O(1) in memory: of the
// order of a source only the keys of the epoch asked for last are kept.
import { randomStream } from '../../base/random.js'
import { mixedDraws, RANDOM_CHUNK } from './mixture.js'
import type { PlannedSample } from './planned.js'
import type { Shuffle } from './shuffles.js'

/** What planning needs to know of a source. */
export interface OrderedSource {
  /** Samples it has. */
  readonly samples: number
  /** The order key of its data set. */
  readonly orderKey: string
  readonly shuffle: Shuffle
  /** Pair row of a sample's query. */
  rowOf(sample: number): number
}

/** What decides which sample stands where. */
export interface DrawPlan {
  readonly sources: readonly OrderedSource[]
  /** Of each source, positive, in any unit. */
  readonly weights: readonly number[]
  /** Samples of an epoch of the stream. */
  readonly samples: number
  readonly seed: number
  /** Whether every batch has the shares of the sources, or sources fall at random. */
  readonly mixing: 'stratified' | 'random'
  readonly batchSize: number
}

/** The samples of a stream. */
export interface Draws {
  /** The sample that belongs to a position. */
  sampleAt(epoch: number, position: number): PlannedSample
  /** Who stands in for it if the data make it unusable: a draw from the same source, by a key of its own. */
  reserveOf(sample: PlannedSample, attempt: number): PlannedSample
}

/** The n-th draw from a source, counted over all epochs: it goes through its samples, each time in another order. */
function drawsFrom({ samples, shuffle, rowOf }: OrderedSource, orderKey: string, seed: number) {
  let epoch = -1
  let order: (position: number) => number = () => 0
  return (draw: number) => {
    const at = Math.floor(draw / samples)
    if (at !== epoch) {
      epoch = at
      order = shuffle.order(samples, { orderKey, seed, epoch })
    }
    return rowOf(order(draw - at * samples))
  }
}

/** The draws of a plan. */
export function drawsOf({ sources, weights, samples, seed, mixing, batchSize }: DrawPlan): Draws {
  const keys = sources.map(({ orderKey }, i) => {
    const before = sources.slice(0, i).filter((other) => other.orderKey === orderKey).length
    // Two sources of one data set go through it in orders of their own.
    return before === 0 ? orderKey : `${orderKey} ${before}`
  })
  const rows = sources.map((source, i) => drawsFrom(source, keys[i]!, seed))
  const chunk = mixing === 'stratified' ? batchSize : RANDOM_CHUNK
  const mixed =
    sources.length === 1
      ? (epoch: number, position: number) => ({ source: 0, draw: epoch * samples + position })
      : mixedDraws({ weights, samples, chunk, key: [...keys, seed] })
  return {
    sampleAt(epoch, position) {
      const { source, draw } = mixed(epoch, position)
      return { epoch, position, source, row: rows[source]!(draw) }
    },
    reserveOf({ epoch, position, source }, attempt) {
      const random = randomStream('reserve 1', keys[source]!, seed, epoch, position, attempt)
      const { samples: size, rowOf } = sources[source]!
      return { epoch, position, source, row: rowOf(random.below(size)) }
    },
  }
}
