// Pairs that say what another one said. About the same visuals a question is asked once, however it is answered. About
// other visuals the same question is welcome, and short answers are alike by nature ("Yes, there is a dog."): there only a
// long answer that comes again word for word, or nearly, counts as copied.
import { countWords } from '../../text/words.js'
import type { FilterKind, Objection } from './filter.js'
import { jaccard, shinglesOf, signatureOf } from './min-hash.js'
import { similarTexts } from './similar-texts.js'

const SAME_QUESTION = 0.8
const COPIED = 0.85
/** Answers from this length on are compared with those about other visuals. */
const LONG_WORDS = 20

/** The filter. It judges pairs in their order: the first of some stays. */
export const nearDuplicates: FilterKind = {
  title: 'questions asked twice about the same visuals, and long answers copied from one visual to another',
  onlyOfKept: true,
  create() {
    const seen = similarTexts()
    let media: string | undefined
    let questions: ReadonlySet<number>[] = []
    return {
      judge({ instruction, response, conversation }, about) {
        if (media !== about.media) {
          media = about.media
          questions = []
        }
        // Conversations are told apart: each may begin with the same question.
        const question = new Set(shinglesOf(`${conversation ?? ''} ${instruction}`))
        const asked = Math.max(0, ...questions.map((other) => jaccard(question, other)))
        if (asked >= SAME_QUESTION) {
          return [drop('asked-twice', 'The same was asked about the same visuals before.', asked)]
        }
        questions.push(question)
        if (countWords(response) < LONG_WORDS) return []
        const signature = signatureOf(shinglesOf(response))
        const copied = seen.nearest(signature)
        if (copied >= COPIED)
          return [drop('copied', 'Nearly the same was answered about other visuals before.', copied)]
        seen.add(signature)
        return []
      },
    }
  },
}

const drop = (rule: string, reason: string, score: number): Objection => ({ action: 'drop', rule, reason, score })
