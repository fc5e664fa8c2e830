// Parts of speech and dictionary forms of English words, by a small statistical model (wink-nlp): enough to find the nouns
// of an answer and the verb of an instruction.

/** A word of a text. */
export interface TaggedWord {
  readonly text: string
  /** Dictionary form, in lower case. */
  readonly lemma: string
  /** Universal part-of-speech tag: NOUN, PROPN, VERB, AUX, ADJ, PRON, DET, ADP, PUNCT ... */
  readonly pos: string
}

/** Tags the words of a text. */
export type EnglishTagger = (text: string) => readonly TaggedWord[]

/** Verbs whose forms the model's rules cut too short. */
const VERBS: Readonly<Record<string, string>> = { din: 'dine', rid: 'ride', shin: 'shine' }

/** Its declarations say less of these than `out` asks for. */
type Its = (index: number, token: unknown, cache: unknown) => string

/** Texts beyond this are tagged as far as this: a text is a sentence or a page, not a book. */
const MOST_CHARACTERS = 20_000

let loaded: Promise<EnglishTagger> | undefined

/** Loads the model: a tenth of a second, about 60 MB. Once for all: each load makes what it keeps longer, and some twenty break it. */
export function englishTagger(): Promise<EnglishTagger> {
  loaded ??= load()
  return loaded
}

async function load(): Promise<EnglishTagger> {
  const [{ default: winkNlp }, { default: model }] = await Promise.all([
    import('wink-nlp'),
    import('wink-eng-lite-web-model'),
  ])
  const nlp = winkNlp(model, ['sbd', 'pos'])
  const { its } = nlp
  return (text) => {
    const tokens = nlp.readDoc(text.slice(0, MOST_CHARACTERS)).tokens()
    const words = tokens.out()
    const lemmas = tokens.out(its.lemma as Its)
    const tags = tokens.out(its.pos as Its)
    return words.map((word, n) => {
      const lemma = lemmas[n]!.toLowerCase()
      const pos = tags[n]!
      return { text: word, pos, lemma: pos === 'VERB' && Object.hasOwn(VERBS, lemma) ? VERBS[lemma]! : lemma }
    })
  }
}
