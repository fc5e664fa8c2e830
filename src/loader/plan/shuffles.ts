// The order of an epoch: which sample stands at which position. Each algorithm is a pure function of (order key, seed,
// epoch) and of the position; its name and version are part of the plan, golden vectors are in schema/golden-orders.json.
// A new one is a new file and one line in `shuffles`.
import { MimicitError } from '../../base/errors.js'
import { pick } from '../../base/options.js'
import { keyedPermutation } from './permutation.js'
import { windowedOrder } from './windowed.js'

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
  /** The sample at each position of an epoch, both from 0. */
  order(samples: number, key: OrderKey): (position: number) => number
  /** Samples that are near each other in an order, as far as it keeps any together. */
  readonly window?: number
  /** The same algorithm with sizes of one's own, from what stands behind the colon of its name. */
  sized?(argument: string): Shuffle | undefined
}

/** Samples of a window unless told otherwise. */
const WINDOW = 1024

function windowed(rows: number, blocks: number): Shuffle {
  return {
    version: 1,
    window: rows,
    order: (samples, { orderKey, seed, epoch }) => windowedOrder(samples, { rows, blocks }, orderKey, seed, epoch),
    sized(argument) {
      const [, own, of = '1'] = /^([1-9]\d{0,8})(?:\/([1-9]\d{0,8}))?$/.exec(argument) ?? []
      return own === undefined || Number(own) % Number(of) !== 0 ? undefined : windowed(Number(own), Number(of))
    },
  }
}

/** Every order by name. */
export const shuffles: Readonly<Record<string, Shuffle>> = {
  /** The order of the data set or of its training list. */
  none: { version: 1, window: 1, order: () => (position) => position },
  /** A permutation of the whole epoch. */
  full: {
    version: 1,
    order: (samples, { orderKey, seed, epoch }) => keyedPermutation(samples, 'full 1', orderKey, seed, epoch),
  },
  /** Windows of neighbours in any order, permuted inside: `windowed`, `windowed:4096`, `windowed:4096/8`. */
  windowed: windowed(WINDOW, 1),
}

/**
 * The order of a name, sizes included.
 * @throws MimicitError MIMICIT_UNKNOWN_NAME, MIMICIT_BAD_VALUE
 */
export function shuffleNamed(name: string): Shuffle {
  const [base = '', argument] = name.split(/:(.*)/s)
  const shuffle = pick('option shuffle of loadMimicIT', shuffles, base)
  if (argument === undefined) return shuffle
  const sized = shuffle.sized?.(argument)
  if (sized !== undefined) return sized
  throw new MimicitError('MIMICIT_BAD_VALUE', {
    expected:
      shuffle.sized === undefined
        ? `${base} alone, which has no sizes`
        : `${base}:<rows of a window> or ${base}:<rows>/<blocks>, blocks dividing rows`,
    where: 'option shuffle of loadMimicIT',
    received: name,
  })
}
