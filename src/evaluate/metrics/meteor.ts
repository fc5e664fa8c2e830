// METEOR (Denkowski and Lavie 2014) with two of its matching modules, exact words and words with the same Porter stem, and
// the weights of version 1.5 for English, so that scores are on the scale that papers print. The modules for synonyms and
// paraphrases need tables much larger than this library: scores are a little below those of the Java program, which has
// them, and compare only with scores made the same way.
import { stemmer } from 'stemmer'
import { type Alignment, alignment } from './alignment.js'
import type { CaptionSet, MetricScores } from './caption-set.js'
import { FUNCTION_WORDS } from './function-words.js'

/** Share of the recall in the harmonic mean, and shape and size of the punishment for matches in many chunks. */
const ALPHA = 0.85
const BETA = 0.2
const GAMMA = 0.6
/** What a match by stem counts, and what a content word counts; a function word counts the rest of 1. */
const STEM = 0.6
const CONTENT = 0.75

/** What METEOR is computed from; sums over a corpus are again such numbers. */
interface Sums {
  /** Weighted matches and words of the candidate and of the reference. */
  candidateMatched: number
  candidateWords: number
  referenceMatched: number
  referenceWords: number
  matches: number
  chunks: number
}

const weightOf = (word: string) => (FUNCTION_WORDS.has(word) ? 1 - CONTENT : CONTENT)
const sumOf = (words: readonly string[]) => words.reduce((sum, word) => sum + weightOf(word), 0)

/** METEOR; of a corpus from the sums over its items, each with its best reference. */
export function meteor(set: CaptionSet): MetricScores[] {
  const stems = new Map<string, string>()
  const stem = (word: string) => {
    let found = stems.get(word)
    if (found === undefined) {
      found = stemmer(word)
      stems.set(word, found)
    }
    return found
  }
  const total: Sums = {
    ...{ candidateMatched: 0, candidateWords: 0, referenceMatched: 0, referenceWords: 0, matches: 0, chunks: 0 },
  }
  const scores = Float64Array.from(set.items, ({ candidate, references }) => {
    const own = { words: candidate, stems: candidate.map(stem) }
    const found = references
      .map((reference) =>
        sumsOf(candidate, reference, alignment(own, { words: reference, stems: reference.map(stem) })),
      )
      .map((sums) => ({ sums, score: scoreOf(sums) }))
    // Of references that are as good, the sums must not depend on which comes first.
    const best = found.reduce((a, b) => (b.score > a.score || (b.score === a.score && isFewer(b, a)) ? b : a))
    for (const key of Object.keys(total) as (keyof Sums)[]) total[key] += best.sums[key]
    return best.score
  })
  return [{ name: 'METEOR', corpus: scoreOf(total), items: scores }]
}

const isFewer = (a: { sums: Sums }, b: { sums: Sums }) =>
  a.sums.referenceWords < b.sums.referenceWords ||
  (a.sums.referenceWords === b.sums.referenceWords && a.sums.chunks < b.sums.chunks)

function sumsOf(candidate: readonly string[], reference: readonly string[], { pairs, chunks }: Alignment): Sums {
  let [candidateMatched, referenceMatched] = [0, 0]
  for (const { from, to, exact } of pairs) {
    const counts = exact ? 1 : STEM
    candidateMatched += counts * weightOf(candidate[from]!)
    referenceMatched += counts * weightOf(reference[to]!)
  }
  const words = { candidateWords: sumOf(candidate), referenceWords: sumOf(reference) }
  // A text that is the reference itself is not in pieces.
  const whole = chunks === 1 && pairs.length === candidate.length && pairs.length === reference.length
  return { candidateMatched, referenceMatched, ...words, matches: pairs.length, chunks: whole ? 0 : chunks }
}

function scoreOf({
  candidateMatched,
  candidateWords,
  referenceMatched,
  referenceWords,
  matches,
  chunks,
}: Sums): number {
  if (matches === 0) return 0
  const precision = candidateMatched / candidateWords
  const recall = referenceMatched / referenceWords
  const mean = (precision * recall) / (ALPHA * precision + (1 - ALPHA) * recall)
  return mean * (1 - GAMMA * (chunks / matches) ** BETA)
}
