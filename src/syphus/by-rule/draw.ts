// Draws from lists by keyed random numbers.
import type { RandomStream } from '../../base/random.js'
import { capital } from '../in-words.js'

/** One of a list that is not empty. */
export const one = <T>(random: RandomStream, list: readonly T[]): T => list[random.below(list.length)]!

/** A list in drawn order. */
export function shuffled<T>(random: RandomStream, list: readonly T[]): T[] {
  const copy = [...list]
  for (let i = copy.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    ;[copy[i], copy[j]] = [copy[j]!, copy[i]!]
  }
  return copy
}

/** `a, b and c` */
export function andList(items: readonly string[], last = 'and'): string {
  if (items.length < 2) return items.join('')
  return `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`
}

/** A text as a sentence: with a capital, and something at its end. */
export function sentence(text: string): string {
  const plain = text
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/\s+([.,!?;:])/g, '$1')
    .replace(/[\s.,;:]+$/, '')
  return `${capital(plain)}${/[!?]$/.test(plain) ? '' : '.'}`
}
