// Several sources in one stream: which source stands at a position, and which of its draws it is. A pure function of the
// key and the position; memory is one chunk. Inside a chunk the sources' shares are fixed and their places are shuffled.
import { type KeyPart, randomStream } from '../../base/random.js'
import { apportioned } from './apportion.js'

/** How sources share the positions of a stream. */
export interface MixturePlan {
  /** Positive, in any unit. Over the first n positions of the stream each source has its share of n, but for rounding. */
  readonly weights: readonly number[]
  /** Positions of an epoch. */
  readonly samples: number
  /** Positions over which the shares hold: those of a batch, or many, among which the sources then fall at random. */
  readonly chunk: number
  readonly key: readonly KeyPart[]
}

/** A draw of a source, counted from the start of the stream. */
export interface Draw {
  readonly source: number
  readonly draw: number
}

/** Positions of a chunk in which sources fall at random. */
export const RANDOM_CHUNK = 1024

/** The draws of a mixture by epoch and position. */
export function mixedDraws({ weights, samples, chunk, key }: MixturePlan): (epoch: number, position: number) => Draw {
  const sources = new Uint16Array(chunk)
  const draws = new Float64Array(chunk)
  let start = -1
  const fill = (epoch: number, from: number) => {
    // Chunks begin anew with each epoch, so that counts that are whole numbers an epoch hold in each.
    start = epoch * samples + from
    const end = epoch * samples + Math.min(from + chunk, samples)
    const before = apportioned(start, weights)
    const after = apportioned(end, weights)
    let filled = 0
    for (const [source, until] of after.entries()) {
      sources.fill(source, filled, filled + until - before[source]!)
      filled += until - before[source]!
    }
    const random = randomStream('mixture 1', ...key, epoch, from)
    for (let i = filled - 1; i > 0; i--) {
      const j = random.below(i + 1)
      const source = sources[i]!
      sources[i] = sources[j]!
      sources[j] = source
    }
    // A source is gone through in its own order, whatever place its draws have.
    for (let i = 0; i < filled; i++) draws[i] = before[sources[i]!]!++
  }
  return (epoch, position) => {
    const inside = position % chunk
    if (start !== epoch * samples + position - inside) fill(epoch, position - inside)
    return { source: sources[inside]!, draw: draws[inside]! }
  }
}
