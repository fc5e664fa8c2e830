// What caption metrics are computed from: for each picture the words of one candidate and of its references. n-grams are
// made once and shared by the metrics that count them.
import { MimicitError } from '../../base/errors.js'
import type { CaptionTokeniser } from '../tokens/index.js'
import { NgramIds, type NgramProfile } from './ngrams.js'

/** A picture with what a model said of it and what people said. */
export interface CaptionItem {
  readonly id: string
  /** May be empty: a model that says nothing scores nothing. */
  readonly candidate: string
  /** At least one. */
  readonly references: readonly string[]
}

/** The same as words. */
export interface CaptionWords {
  readonly id: string
  readonly candidate: readonly string[]
  readonly references: readonly (readonly string[])[]
}

/** The n-grams of an item. */
export interface ItemNgrams {
  readonly candidate: NgramProfile
  readonly references: readonly NgramProfile[]
}

/** Items, ready for metrics. */
export interface CaptionSet {
  readonly items: readonly CaptionWords[]
  /** Made when first asked for. */
  ngrams(): { readonly items: readonly ItemNgrams[]; readonly ids: NgramIds }
}

/** The scores of one metric. */
export interface MetricScores {
  /** `BLEU-4`, `CIDEr-D`: as it is called in reports. */
  readonly name: string
  /** Of the whole set. */
  readonly corpus: number
  /** Of each item, in the order of the set. */
  readonly items: Float64Array
}

/** A metric: one name in the registry, one or more scores. */
export type CaptionMetric = (set: CaptionSet) => readonly MetricScores[]

/**
 * Splits captions into words.
 * @throws MimicitError MIMICIT_EMPTY for an item without references, or with one that has no words
 */
export function captionSet(items: readonly CaptionItem[], tokenise: CaptionTokeniser): CaptionSet {
  const words = items.map(({ id, candidate, references }) => {
    if (references.length === 0) throw noReference(id, 'none')
    const split = references.map((reference) => {
      const tokens = tokenise(reference)
      if (tokens.length === 0) throw noReference(id, `one without words (${JSON.stringify(reference)})`)
      return tokens
    })
    return { id, candidate: tokenise(candidate), references: split }
  })
  let made: ReturnType<CaptionSet['ngrams']> | undefined
  return {
    items: words,
    ngrams() {
      if (made !== undefined) return made
      const ids = new NgramIds()
      made = {
        ids,
        items: words.map(({ candidate, references }) => ({
          candidate: ids.profile(candidate),
          references: references.map((reference) => ids.profile(reference)),
        })),
      }
      return made
    },
  }
}

const noReference = (id: string, received: string) =>
  new MimicitError('MIMICIT_EMPTY', {
    expected: 'at least one reference with words, and none without',
    where: `the references of ${id}`,
    received,
    hint: 'Correct the references; a score against nothing means nothing.',
  })

/** The mean of some scores; 0 of none. */
export function meanOf(scores: Float64Array): number {
  return scores.length === 0 ? 0 : scores.reduce((sum, score) => sum + score, 0) / scores.length
}
