// What stands at a position of a stream: the source it is drawn from, and the pair row. Pure, and O(1) in memory: of the
// order of a source only the keys of the epoch asked for last are kept.
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

/** The n-th draw from a source, counted over all epochs: it goes through its samples, each time in another order. */
export function drawsOf(source: OrderedSource, seed: number): (draw: number) => number {
  let epoch = -1
  let order: (position: number) => number = () => 0
  return (draw) => {
    const at = Math.floor(draw / source.samples)
    if (at !== epoch) {
      epoch = at
      order = source.shuffle.order(source.samples, { orderKey: source.orderKey, seed, epoch })
    }
    return source.rowOf(order(draw - at * source.samples))
  }
}

/** The samples of a stream over one source. */
export function sampleAt(source: OrderedSource, seed: number): (epoch: number, position: number) => PlannedSample {
  const draw = drawsOf(source, seed)
  return (epoch, position) => ({ epoch, position, source: 0, row: draw(epoch * source.samples + position) })
}
