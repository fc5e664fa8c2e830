// The order of an epoch: which sample stands at which position. Each algorithm is a pure function of (order key, seed,
// epoch) and of the position; its name and version are part of the plan, golden vectors are in schema/golden-orders.json.
import { keyedPermutation } from './permutation.js'

/** What an order may depend on. */
export interface OrderKey {
  /** The data set's order key, hex. */
  readonly orderKey: string
  readonly seed: number
  readonly epoch: number
}

/** An algorithm: from the number of samples and the key to a function from position to sample. */
export interface Shuffle {
  readonly version: number
  order(samples: number, key: OrderKey): (position: number) => number
}

/** Every order by name. */
export const shuffles: Readonly<Record<string, Shuffle>> = {
  /** The order of the data set or of its training list. */
  none: { version: 1, order: () => (position) => position },
  /** A permutation of the whole epoch. */
  full: {
    version: 1,
    order: (samples, { orderKey, seed, epoch }) => keyedPermutation(samples, 'full 1', orderKey, seed, epoch),
  },
}
