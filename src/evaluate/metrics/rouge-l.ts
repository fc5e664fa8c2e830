// ROUGE-L (Lin 2004) as the COCO tools count it: the longest common subsequence, best precision and best recall over the
// references (each by itself), and their F measure with beta 1.2.
import { type CaptionSet, type MetricScores, meanOf } from './caption-set.js'

const BETA = 1.2

/** ROUGE-L. */
export function rougeL(set: CaptionSet): MetricScores[] {
  const scores = Float64Array.from(set.items, ({ candidate, references }) => {
    let precision = 0
    let recall = 0
    for (const reference of references) {
      const common = longestCommon(candidate, reference)
      if (candidate.length > 0) precision = Math.max(precision, common / candidate.length)
      recall = Math.max(recall, common / reference.length)
    }
    if (precision === 0 || recall === 0) return 0
    return ((1 + BETA ** 2) * precision * recall) / (recall + BETA ** 2 * precision)
  })
  return [{ name: 'ROUGE-L', corpus: meanOf(scores), items: scores }]
}

/** Length of the longest common subsequence. */
export function longestCommon(a: readonly string[], b: readonly string[]): number {
  const row = new Int32Array(b.length + 1)
  for (const word of a) {
    let corner = 0
    for (const [j, other] of b.entries()) {
      const above = row[j + 1]!
      row[j + 1] = word === other ? corner + 1 : Math.max(above, row[j]!)
      corner = above
    }
  }
  return row[b.length]!
}
