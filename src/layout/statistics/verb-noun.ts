// The root verb of an instruction and its direct object, as the paper counts them ("describe - scene", "hold - man"): found
// by rule over parts of speech, since there is no dependency parser for JavaScript that is worth its size. The root is the
// first full verb that does not stand in a clause of its own. Where an auxiliary stands in front, its form tells verbs from
// what only looks like one: "do" and "can" are followed by a plain verb, "be" by one in -ing or a participle, never by one in
// -s ("Are teddy bears ..."); without such a verb the root is the auxiliary ("Is it true that ..."). The object is the noun that the verb takes: behind it, or for "What ... is the man holding" none but the asked-for
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
/** Take a plain verb. */
const HELPERS = new Set(['do', 'can', 'could', 'should', 'shall', 'would', 'will', 'may', 'might', 'must'])
/** Participles that look like the plain verb. */
const UNCHANGED = new Set(['cast', 'cut', 'hit', 'hurt', 'let', 'put', 'read', 'set', 'shut', 'split', 'spread'])
/** Begin a number of things. */
const MORE = new Set(['more', 'less', 'few', 'fewer'])
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
  const words: TaggedWord[] = []
  for (const word of tagged) {
    if (isWord(word)) words.push(word)
    // What follows a colon is a list, unless the words before it are a heading.
    else if (words.length > 0 && (/^[.?!]$/.test(word.text) || (word.text === ':' && words.some(isVerbal)))) break
  }
  return words
}

const isVerbal = ({ pos }: TaggedWord) => pos === 'VERB' || pos === 'AUX'
const isPlain = ({ text, lemma }: TaggedWord) => text.toLowerCase() === lemma
const isThirdPerson = (word: TaggedWord) => word.pos === 'VERB' && !isPlain(word) && /s$/i.test(word.text)

function rootOf(words: readonly TaggedWord[]): number {
  // An order begins with its verb, which a model that knows sentences takes for a name ("List the objects").
  const first = words[0]
  if (first?.pos === 'PROPN' && ['DET', 'PRON', 'NUM'].includes(words[1]?.pos ?? '')) return 0
  const clause = words.findIndex(({ pos, lemma }, n) => n > 0 && (pos === 'SCONJ' || CLAUSES.has(lemma)))
  const end = clause < 0 ? words.length : clause
  const verb = words.findIndex(({ pos }, n) => pos === 'VERB' && n < end)
  const auxiliary = words.findIndex(({ pos }, n) => pos === 'AUX' && n < end)
  if (auxiliary < 0 || (verb >= 0 && verb < auxiliary)) return verb
  return behindAuxiliary(words, auxiliary, end)
}

/** The verb that an auxiliary takes, or the auxiliary where it takes none. */
function behindAuxiliary(words: readonly TaggedWord[], auxiliary: number, end: number): number {
  const helps = HELPERS.has(words[auxiliary]!.lemma)
  let other = -1
  for (let n = auxiliary + 1; n < end; n++) {
    const word = words[n]!
    // "likely to fall"
    if (words[n - 1]!.pos === 'PART') continue
    if (word.pos === 'AUX') other = n
    if (word.pos !== 'VERB' || isThirdPerson(word)) continue
    // "could be seen": the participle goes with the nearer one.
    const takesPlain = helps && other < 0
    if (takesPlain ? isPlain(word) : !isPlain(word) || UNCHANGED.has(word.lemma)) return n
  }
  // "Which colour does the sign have"
  if (other >= 0) return other
  return helps ? nounAsVerb(words, auxiliary, end) : auxiliary
}

/** "Does the picture show more", where "picture show" looks like a noun of two words: the last plain one of such a row. */
function nounAsVerb(words: readonly TaggedWord[], auxiliary: number, end: number): number {
  const from = words.findIndex((word, n) => n > auxiliary && n < end && (isNoun(word) || isThirdPerson(word)))
  if (from < 0) return auxiliary
  let found = auxiliary
  for (let n = from + 1; n < end && isNoun(words[n]!); n++) if (isPlain(words[n]!)) found = n
  return found
}

/** The head of the first noun phrase behind a verb, with nothing but its own words between. */
function objectBehind(words: readonly TaggedWord[], root: number): string | null {
  let found: string | null = null
  /** "the main subject of": the last word of a phrase with an article, whatever it looks like. */
  let named: string | null = null
  let hasArticle = false
  for (const [n, word] of words.entries()) {
    if (n <= root) continue
    const isCounted = word.lemma === 'than' && MORE.has(words[n - 1]!.lemma)
    if (isNoun(word) || (words[root]!.pos === 'AUX' && isThirdPerson(word))) found = word.lemma
    else if (found !== null || QUESTIONS.has(word.lemma)) break
    else if (!INSIDE.has(word.pos) && !isCounted) return hasArticle && word.pos === 'ADP' ? named : null
    hasArticle ||= word.pos === 'DET'
    named = word.pos === 'ADJ' ? word.lemma : null
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
