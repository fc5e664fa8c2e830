// BLEU (Papineni et al. 2002) as the COCO tools count it: runs of one to four words clipped by the reference that has most of
// them, brevity against the closest reference (the shorter of two that are as close). As those tools do, 1e-15 is added to
// what matches and 1e-9 to what is divided by: a length without a match prints some 1e-5 and not 0, and a text against itself
// stays a billionth below 1.
import type { CaptionSet, ItemNgrams, MetricScores } from './caption-set.js'
import { MOST_WORDS, shared } from './ngrams.js'

/** What BLEU is made of; sums over a corpus are again such counts. */
interface Counts {
  readonly matched: Float64Array
  readonly guessed: Float64Array
  length: number
  reference: number
}

const noCounts = (): Counts => ({
  matched: new Float64Array(MOST_WORDS),
  guessed: new Float64Array(MOST_WORDS),
  ...{ length: 0, reference: 0 },
})

/** BLEU-1 to BLEU-4. */
export function bleu(set: CaptionSet): MetricScores[] {
  const { items } = set.ngrams()
  const total = noCounts()
  const scores = Array.from({ length: MOST_WORDS }, () => new Float64Array(items.length))
  for (const [i, item] of items.entries()) {
    const counts = countsOf(item)
    for (const [n, score] of scoresOf(counts).entries()) scores[n]![i] = score
    for (let n = 0; n < MOST_WORDS; n++) {
      total.matched[n]! += counts.matched[n]!
      total.guessed[n]! += counts.guessed[n]!
    }
    total.length += counts.length
    total.reference += counts.reference
  }
  return scoresOf(total).map((corpus, n) => ({ name: `BLEU-${n + 1}`, corpus, items: scores[n]! }))
}

function countsOf({ candidate, references }: ItemNgrams): Counts {
  const counts = noCounts()
  counts.length = candidate.words
  counts.reference = closest(
    candidate.words,
    references.map(({ words }) => words),
  )
  for (let n = 0; n < MOST_WORDS; n++) {
    const own = candidate.grams[n]!
    const most = new Int32Array(own.ids.length)
    for (const { grams } of references) {
      const theirs = grams[n]!
      shared(own, theirs, (at, there) => {
        most[at] = Math.max(most[at]!, theirs.counts[there]!)
      })
    }
    counts.guessed[n] = Math.max(0, candidate.words - n)
    counts.matched[n] = own.counts.reduce((sum, count, at) => sum + Math.min(count, most[at]!), 0)
  }
  return counts
}

/** The length of the reference that is closest to that of the candidate. */
function closest(length: number, references: readonly number[]): number {
  return references.reduce((best, words) => {
    const nearer = Math.abs(words - length) - Math.abs(best - length)
    return nearer < 0 || (nearer === 0 && words < best) ? words : best
  })
}

const TINY = 1e-15
const SMALL = 1e-9

function scoresOf({ matched, guessed, length, reference }: Counts): number[] {
  const ratio = (length + TINY) / (reference + SMALL)
  const brevity = ratio < 1 ? Math.exp(1 - 1 / ratio) : 1
  let product = 1
  return Array.from(matched, (match, n) => {
    product *= (match + TINY) / (guessed[n]! + SMALL)
    return brevity * product ** (1 / (n + 1))
  })
}
