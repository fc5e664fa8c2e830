// How captions speak of things: of one, of several, by which number, or in words that may mean them.
import type { Thing } from './things.js'

/** Numbers as words, those that people count to. */
export const NUMBERS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'] as const

const patterns = new Map<string, RegExp>()

/** A pattern for any of some words, made once. */
export function wordsPattern(key: string, words: readonly string[]): RegExp {
  const known = patterns.get(key)
  if (known !== undefined) return known
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.join('|')})(?![\\p{L}\\p{N}])`, 'u')
  patterns.set(key, pattern)
  return pattern
}

/** One of it is spoken of. */
export const oneOf = ({ name, words }: Thing) => wordsPattern(`one ${name}`, [name, ...words])

/** Several of it are spoken of. */
export const severalWords = ({ name, plural, pluralWords }: Thing) =>
  wordsPattern(`several ${name}`, [plural.toLowerCase(), ...pluralWords])

/** It, or what goes with it alone: who skis has skis. */
export const isNamed = (thing: Thing, text: string) => oneOf(thing).test(text) || severalWords(thing).test(text)

/** A word that may mean it. */
export const isHinted = ({ name, hints }: Thing, text: string) =>
  hints.length > 0 && wordsPattern(`hint ${name}`, hints).test(text)

/** Numbers that a text gives of it: `two small dogs`. */
export function numbersOf({ name, plural, pluralWords }: Thing, text: string): readonly number[] {
  const nouns = [plural.toLowerCase(), ...pluralWords].join('|')
  const key = `numbers ${name}`
  const pattern =
    patterns.get(key) ??
    new RegExp(
      `(?<![\\p{L}\\p{N}])(${NUMBERS.slice(2).join('|')}|\\d+|couple of|pair of)\\s+(?:[a-z']+\\s+){0,2}?(?:${nouns})(?![\\p{L}\\p{N}])`,
      'gu',
    )
  patterns.set(key, pattern)
  return [...text.matchAll(pattern)].map(([, number = '']) => {
    if (/^(couple|pair)/.test(number)) return 2
    const word = (NUMBERS as readonly string[]).indexOf(number)
    return word >= 0 ? word : Number(number)
  })
}
