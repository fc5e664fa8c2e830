// Lengths as the published data has them: instructions up to 40 words or so, responses up to some hundreds. Far beyond, a
// model has lost its way; an empty or echoed answer is none.
import { countWords } from '../../text/words.js'
import { type FilterKind, type Objection, sidesOf } from './filter.js'

const MOST_WORDS = { instruction: 100, response: 500 } as const
/** Of a word, with its blank, generously. */
const CHARACTERS = 16
/** A long answer that says the same words over and over is a loop. */
const LOOPING_WORDS = 40
const LEAST_VARIETY = 0.2

/** The filter. */
export const textLength: FilterKind = {
  title: 'texts that are empty, echoed, far too long, or loop',
  create: () => ({
    judge(pair) {
      const objections: Objection[] = sidesOf(pair).flatMap(([side, text]) => {
        const words = countWords(text)
        if (words === 0) return [drop('empty', `The ${side} has no words.`)]
        if (words > MOST_WORDS[side]) {
          return [drop('too-long', `The ${side} has ${words} words where at most ${MOST_WORDS[side]} are wanted.`)]
        }
        if (text.length > MOST_WORDS[side] * CHARACTERS) {
          return [drop('too-long', `The ${side} has ${text.length} characters, more than that many words have.`)]
        }
        return words >= LOOPING_WORDS && varietyOf(text) < LEAST_VARIETY
          ? [drop('loops', `The ${side} says the same words over and over.`)]
          : []
      })
      if (plain(pair.instruction) !== '' && plain(pair.instruction) === plain(pair.response)) {
        objections.push(drop('echo', 'The response repeats the instruction.'))
      }
      return objections
    },
  }),
}

const plain = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
const varietyOf = (text: string) => {
  const words = plain(text).split(' ')
  return words.length < LOOPING_WORDS ? 1 : new Set(words).size / words.length
}
const drop = (rule: string, reason: string): Objection => ({ action: 'drop', rule, reason })
