// What a text in each of the languages is like: its writing system, and how long it is beside the English text.
import { MimicitError, show } from '../../base/errors.js'
import type { Script } from '../../text/scripts.js'
import { languages } from '../../tuple/languages.js'

/** A language to translate into, or from. */
export interface TargetLanguage {
  /** BCP 47 tag. */
  readonly tag: string
  /** English name. */
  readonly name: string
  /** Scripts that its letters are of. */
  readonly scripts: readonly Script[]
  /** Characters for one of the English text, as a rule. */
  readonly length: number
}

const KNOWN: Readonly<Record<string, Pick<TargetLanguage, 'scripts' | 'length'>>> = {
  en: { scripts: ['latin'], length: 1 },
  zh: { scripts: ['han'], length: 0.33 },
  ja: { scripts: ['kana', 'han'], length: 0.5 },
  es: { scripts: ['latin'], length: 1.1 },
  de: { scripts: ['latin'], length: 1.12 },
  fr: { scripts: ['latin'], length: 1.15 },
  ko: { scripts: ['hangul'], length: 0.52 },
  ar: { scripts: ['arabic'], length: 0.82 },
}

/** The languages that there is a check for. */
export const translatable: readonly string[] = Object.keys(KNOWN)

/** @throws MimicitError MIMICIT_UNKNOWN_NAME */
export function targetLanguage(tag: string): TargetLanguage {
  const known = Object.hasOwn(KNOWN, tag) ? KNOWN[tag] : undefined
  if (known === undefined) {
    throw new MimicitError('MIMICIT_UNKNOWN_NAME', {
      expected: `one of ${translatable.join(', ')}`,
      where: 'the language of a translation',
      received: show(tag),
      hint: 'Give several with commas: --to-languages zh,ja,es.',
    })
  }
  return { tag, name: languages[tag] ?? tag, ...known }
}

/** Lengths may differ by this factor from the rule, and by some characters of English in any case: short texts vary. */
const FACTOR = 2.2
const ROOM = 12

/** The lengths that a translation of a text may have. */
export function lengthBounds(from: TargetLanguage, to: TargetLanguage, characters: number) {
  const ratio = to.length / from.length
  const expected = characters * ratio
  const room = ROOM * ratio
  return {
    least: Math.max(1, Math.floor(expected / FACTOR - room)),
    most: Math.ceil(expected * FACTOR + Math.max(ROOM, room)),
  }
}
