// Which option an answer means: by its letter or by its text, in the forms in which models answer. What names none of them,
// or several, means none: nothing is guessed.
import { vqaAnswer } from '../answers/vqa-answer.js'

/** The letter of an option that an answer means. @param options texts by letter */
export function optionOf(answer: string, options: Readonly<Record<string, string>>): string | undefined {
  const text = answer.replace(/[*`"“”]+/g, '').trim()
  const letters = Object.keys(options)
  const words = letters.map((letter) => [letter, vqaAnswer(options[letter]!)] as const)
  const said = vqaAnswer(text)
  return (
    only(letters.filter((letter) => options[letter]!.trim().toLowerCase() === text.toLowerCase())) ??
    only(words.filter(([, option]) => option !== '' && option === said).map(([letter]) => letter)) ??
    named(text, letters) ??
    textInside(said, words)
  )
}

const only = (letters: readonly string[]) => (new Set(letters).size === 1 ? letters[0] : undefined)

/** An option that an answer names by its letter, in the first of these forms that comes in it. */
function named(text: string, letters: readonly string[]): string | undefined {
  const any = `(${letters.map((letter) => letter.replace(/[^\p{L}\d]/gu, '\\$&')).join('|')})`
  // "A dog" and "I see" begin with words, not with letters of options.
  const noWord = "(?!(?<=\\bA) (?!is\\b)[a-z])(?!(?<=\\bI)[ '’])"
  const between = '[)\\]]?\\s*(?:,|/|&|\\bor\\b|\\band\\b)\\s*'
  if (new RegExp(`\\b${any}\\b${between}[(\\[]?${any}(?![\\p{L}\\d])`, 'u').test(text)) return undefined
  const end = '(?:[).:,\\]}]|$)'
  const forms = [
    // "B", "b.", "(B) a cat", "B: a cat"
    [`^[(\\[{]?${any}${end}`, 'iu'],
    // "B is right", "B - a cat"
    [`^${any}\\b(?=\\s)${noWord}`, 'u'],
    // "The answer is B", "option (b)."
    [`\\b(?:[Aa]nswer|[Oo]ption|[Cc]hoice)(?:\\s+is)?:?\\s*[(\\[]?${any}(?![\\p{L}\\d])${noWord}`, 'gu'],
    [`\\b(?:answer|option|choice)(?:\\s+is)?:?\\s*[(\\[]?${any}${end}`, 'giu'],
    // "I would say (B)", "I think B"
    [`[(\\[]${any}[)\\]]`, 'gu'],
    [`(?<!\\bnot )(?<![\\p{L}\\d'’])${any}(?![\\p{L}\\d'’])${noWord}`, 'gu'],
  ] as const
  for (const [form, flags] of forms) {
    const found = [...text.matchAll(new RegExp(form, flags.includes('g') ? flags : `${flags}g`))]
    const letter = only(found.map(([, said]) => letters.find((one) => one === said) ?? said!.toUpperCase()))
    if (letter !== undefined) return letters.includes(letter) ? letter : undefined
    if (found.length > 0) return undefined
  }
  return undefined
}

/** An option whose words stand in an answer; of several the longest, if it holds all the others. */
function textInside(said: string, words: readonly (readonly [letter: string, option: string])[]): string | undefined {
  const isIn = (part: string, whole: string) => ` ${whole} `.includes(` ${part} `)
  const plain = said.replaceAll(':', ' ').replace(/\s+/g, ' ')
  const inside = words.filter(([, option]) => option !== '' && (isIn(option, said) || isIn(option, plain)))
  const longest = inside.reduce((a, b) => (b[1].length > a[1].length ? b : a), ['', ''] as const)
  return inside.every(([, option]) => isIn(option, longest[1]))
    ? only([longest[0]].filter((one) => one !== ''))
    : undefined
}
