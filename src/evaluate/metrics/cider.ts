// CIDEr and CIDEr-D (Vedantam et al. 2015): how alike two captions are in the runs of words that tell pictures apart. Runs of
// one to four words are weighted by how few pictures have them in their references; the mean of four cosines, times ten.
// CIDEr-D is what everybody prints as "CIDEr": counts are clipped to the reference's, and other lengths are punished
// (sigma 6). Both without stemming, as the COCO tools have it.
import { type CaptionSet, type ItemNgrams, type MetricScores, meanOf } from './caption-set.js'
import { MOST_WORDS, type NgramCounts, type NgramProfile, shared } from './ngrams.js'

const SIGMA = 6
const SCALE = 10

/** CIDEr as in the paper's main form: plain cosines. */
export const cider = (set: CaptionSet): MetricScores[] => [scored('CIDEr', set, false)]

/** CIDEr-D. */
export const ciderD = (set: CaptionSet): MetricScores[] => [scored('CIDEr-D', set, true)]

/** A caption as weights: as its n-grams, with the length of each of the four vectors. */
interface Weighted {
  readonly words: number
  readonly grams: readonly NgramCounts[]
  readonly weights: readonly Float64Array[]
  readonly norms: readonly number[]
}

function scored(name: string, set: CaptionSet, clipped: boolean): MetricScores {
  const { items, ids } = set.ngrams()
  const weights = Array.from({ length: MOST_WORDS }, (_, n) => rarity(items, n, ids.size(n + 1)))
  const scores = Float64Array.from(items, ({ candidate, references }) => {
    const own = weighted(candidate, weights)
    let sum = 0
    for (const reference of references) sum += alike(own, weighted(reference, weights), clipped)
    return (SCALE * sum) / references.length
  })
  return { name, corpus: meanOf(scores), items: scores }
}

/** log(pictures / pictures that have it in a reference) of every n-gram; one that no reference has counts as in one. */
function rarity(items: readonly ItemNgrams[], n: number, size: number): Float64Array {
  const pictures = new Int32Array(size)
  const last = new Int32Array(size).fill(-1)
  for (const [i, { references }] of items.entries()) {
    for (const { grams } of references) {
      for (const id of grams[n]!.ids) {
        if (last[id] === i) continue
        last[id] = i
        pictures[id]!++
      }
    }
  }
  const all = Math.log(Math.max(1, items.length))
  return Float64Array.from(pictures, (count) => all - Math.log(Math.max(1, count)))
}

function weighted({ words, grams }: NgramProfile, rarities: readonly Float64Array[]): Weighted {
  const norms: number[] = []
  // Plain loops: this runs for every caption of a set, and `Float64Array.from` with a function is ten times slower.
  const weights = grams.map(({ ids, counts }, n) => {
    const rarity = rarities[n]!
    const values = new Float64Array(ids.length)
    let sum = 0
    for (let at = 0; at < ids.length; at++) {
      const weight = counts[at]! * rarity[ids[at]!]!
      values[at] = weight
      sum += weight * weight
    }
    norms.push(Math.sqrt(sum))
    return values
  })
  return { words, grams, weights, norms }
}

function alike(candidate: Weighted, reference: Weighted, clipped: boolean): number {
  let mean = 0
  for (let n = 0; n < MOST_WORDS; n++) {
    const norm = candidate.norms[n]! * reference.norms[n]!
    if (norm === 0) continue
    const ours = candidate.weights[n]!
    const theirs = reference.weights[n]!
    let product = 0
    shared(candidate.grams[n]!, reference.grams[n]!, (at, there) => {
      const weight = ours[at]!
      product += (clipped ? Math.min(weight, theirs[there]!) : weight) * theirs[there]!
    })
    mean += product / norm / MOST_WORDS
  }
  if (!clipped) return mean
  const longer = candidate.words - reference.words
  return mean * Math.exp(-(longer * longer) / (2 * SIGMA * SIGMA))
}
