// Things that an answer speaks of and the annotation does not, nor anything that they could be called instead: a sign, not a
// proof, that a model made them up, so it is a warning with a score. English only.
import { type EnglishTagger, englishTagger, type TaggedWord } from '../../text/english.js'
import type { FilterKind, PairAbout, PairFilter } from './filter.js'
import { commonNouns, familyOf } from './noun-families.js'

/** An answer may name one thing that is implied ("the kitchen"); this share is too much. */
const MOST_UNGROUNDED = 0.34
/** How far before a noun a "no" may stand. */
const NEGATION_REACH = 4
const NEGATIONS = new Set(['no', 'not', "n't", 'without', 'neither', 'nor', 'never', 'none'])

/** The filter. */
export const ungroundedNouns: FilterKind = {
  title: 'things in an answer that the annotation does not name',
  create: async () => groundingFilter(await englishTagger()),
}

function groundingFilter(tag: EnglishTagger): PairFilter {
  // All pairs of one reply have the same evidence.
  let known: { readonly evidence: string; readonly lemmas: ReadonlySet<string> } | undefined
  const evidenceOf = ({ evidence }: PairAbout) => {
    if (known?.evidence !== evidence) known = { evidence, lemmas: lemmasOf(tag(evidence)) }
    return known.lemmas
  }
  return {
    judge({ instruction, response }, about) {
      if (about.language !== 'en' || about.evidence === '') return []
      const evidence = evidenceOf(about)
      // What a question names is not made up by its answer, but by whoever asks.
      const asked = lemmasOf(tag(instruction))
      const nouns = [...new Set(claimedNouns(tag(response)))].filter((noun) => !asked.has(noun))
      const ungrounded = nouns.filter((noun) => ![...familyOf(noun)].some((word) => evidence.has(word)))
      const score = nouns.length === 0 ? 0 : ungrounded.length / nouns.length
      if (ungrounded.length < 2 && score < 1) return []
      if (score <= MOST_UNGROUNDED) return []
      const reason = `The annotation says nothing of ${ungrounded.slice(0, 6).join(', ')}.`
      return [{ action: 'warn', rule: 'ungrounded', reason, score }]
    },
  }
}

/** Every form that a word of a text may be known by: `dogs`, `dog`, and `fire truck` as both of its words. */
const lemmasOf = (words: readonly TaggedWord[]): ReadonlySet<string> =>
  new Set(words.flatMap(({ text, lemma }) => [text.toLowerCase(), lemma, ...text.toLowerCase().split('-')]))

/** Nouns that a text claims to be there: not the common ones, not those behind a "no". */
function claimedNouns(words: readonly TaggedWord[]): readonly string[] {
  return words.flatMap(({ pos, lemma }, n) => {
    if (pos !== 'NOUN' || commonNouns.has(lemma) || !/^\p{L}[\p{L}-]+$/u.test(lemma)) return []
    const before = words.slice(Math.max(0, n - NEGATION_REACH), n)
    return before.some((word) => NEGATIONS.has(word.lemma)) ? [] : [lemma]
  })
}
