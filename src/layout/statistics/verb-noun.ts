// The root verb of an instruction and its direct object, as the paper counts them ("describe - scene", "hold - man"): found
// by rule over parts of speech, since there is no dependency parser for JavaScript that is worth its size. The root is the
// first full verb that does not stand in a clause of its own; in a question without one it is the form of "be", "have" or
// "do". The object is the noun that the verb takes: behind it, or for "What ... is the man holding" none but the asked-for
// noun in front ("What toy is ..."). Prepositions end the search: "look at the dog" has no direct object.
import type { TaggedWord } from '../../text/english.js'

/** What was found; the noun is null where the verb has no direct object. */
export interface VerbNoun {
  readonly verb: string
  readonly noun: string | null
}

const CLAUSES = new Set([
  'that',
  'which',
  'who',
  'whose',
  'when',
  'while',
  'because',
  'if',
  'as',
  'after',
  'before',
  'since',
  'until',
])
const isWord = ({ pos }: TaggedWord) => pos !== 'PUNCT' && pos !== 'SPACE' && pos !== 'SYM'
const isNoun = ({ pos }: TaggedWord) => pos === 'NOUN' || pos === 'PROPN'
/** Begin a question inside a sentence. */
const QUESTIONS = new Set(['what', 'which', 'who', 'whose', 'how', 'why', 'where'])
/** Never stand alone in a question. */
const HELPERS = new Set(['do', 'can', 'could', 'should', 'would', 'will', 'may', 'might', 'must'])
/** May stand between a verb and its object. */
const INSIDE = new Set(['DET', 'ADJ', 'NUM', 'PRON', 'ADV', 'NOUN', 'PROPN'])

/** The root of the first sentence of an instruction, or null where there is no verb. */
export function verbNounOf(tagged: readonly TaggedWord[]): VerbNoun | null {
  const words = firstSentence(tagged)
  const root = rootOf(words)
  if (root < 0) return null
  const verb = words[root]!.lemma
  const [behind, asked] = [objectBehind(words, root), askedNoun(words, root)]
  // Behind a form of "be" stands what something is said of: "What color is the car" asks for a color.
  return { verb, noun: words[root]!.pos === 'AUX' ? (asked ?? behind) : (behind ?? asked) }
}

function firstSentence(tagged: readonly TaggedWord[]): readonly TaggedWord[] {
  const words = tagged.filter((word, n) => isWord(word) || (n > 0 && /^[.?!]$/.test(word.text)))
  const end = words.findIndex((word, n) => n > 0 && !isWord(word))
  return end < 0 ? words : words.slice(0, end)
}

function rootOf(words: readonly TaggedWord[]): number {
  // An order begins with its verb, which a model that knows sentences takes for a name ("List the objects").
  const first = words[0]
  if (first?.pos === 'PROPN' && ['DET', 'PRON', 'NUM'].includes(words[1]?.pos ?? '')) return 0
  let inClause = false
  let auxiliary = -1
  for (const [n, { pos, lemma }] of words.entries()) {
    if (n > 0 && (pos === 'SCONJ' || CLAUSES.has(lemma))) inClause = true
    if (pos === 'AUX' && auxiliary < 0 && !inClause) auxiliary = n
    if (pos === 'VERB' && !inClause) return n
  }
  // "What does the sign say": behind "do" and its subject a verb that looks like a noun is one.
  const last = words.length - 1
  const helps = auxiliary >= 0 && HELPERS.has(words[auxiliary]!.lemma)
  return helps && last > auxiliary + 1 && words[last]!.pos === 'NOUN' && isNoun(words[last - 1]!) ? last : auxiliary
}

/** The head of the first noun phrase behind a verb, with nothing but its own words between. */
function objectBehind(words: readonly TaggedWord[], root: number): string | null {
  let found: string | null = null
  for (const word of words.slice(root + 1)) {
    if (isNoun(word)) found = word.lemma
    else if (found !== null || !INSIDE.has(word.pos) || QUESTIONS.has(word.lemma)) break
  }
  return found
}

/** "What toy is the child holding", "How many dogs are there": what is asked for is what the verb takes. */
function askedNoun(words: readonly TaggedWord[], root: number): string | null {
  const asks = words.findIndex(
    ({ lemma }) => lemma === 'what' || lemma === 'which' || lemma === 'many' || lemma === 'much',
  )
  if (asks < 0 || asks > root) return null
  let found: string | null = null
  for (const word of words.slice(asks + 1, root)) {
    if (isNoun(word)) found = word.lemma
    else if (found !== null || word.pos !== 'ADJ') break
  }
  return found
}
