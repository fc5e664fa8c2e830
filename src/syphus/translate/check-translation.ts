// Whether a translation can be one: the right script and language, a plausible length, the numbers and terms of its source.
// None of this tells whether it is good; what fails here is certainly bad.
import type { LanguageIdentifier } from '../../text/identify-language.js'
import { scriptShares } from '../../text/scripts.js'
import type { DraftPair } from '../draft-pair.js'
import { type Glossary, latinNames, termsIn } from './glossary.js'
import { numberDifferences } from './numbers.js'
import { lengthBounds, type TargetLanguage } from './target-language.js'

/** What is wrong with one side of a translation. */
export interface TranslationFault {
  readonly code:
    | 'empty'
    | 'untranslated'
    | 'script'
    | 'language'
    | 'length'
    | 'number-lost'
    | 'number-made'
    | 'term'
    | 'name'
  /** A fault is asked again and not kept; a warning is kept and marked. */
  readonly action: 'drop' | 'warn'
  readonly reason: string
}

/** What a check needs. */
export interface TranslationCheck {
  readonly from: TargetLanguage
  readonly to: TargetLanguage
  readonly glossary: Glossary
  readonly identifier: LanguageIdentifier
}

/** Letters of its own script that a text has at least: names may stay as they are. */
const LEAST_OWN_SCRIPT = 0.5
/** A text of so many words is not the same in two languages by chance. */
const SAME_WORDS = 4

/** Checks both sides of a pair. */
export function checkTranslation(
  source: Pick<DraftPair, 'instruction' | 'response'>,
  translation: Pick<DraftPair, 'instruction' | 'response'>,
  check: TranslationCheck,
): readonly TranslationFault[] {
  return (['instruction', 'response'] as const).flatMap((side) =>
    checkText(source[side], translation[side], check).map((fault) => ({
      ...fault,
      reason: `The ${side === 'instruction' ? 'question' : 'answer'} ${fault.reason}.`,
    })),
  )
}

function checkText(source: string, translation: string, check: TranslationCheck): TranslationFault[] {
  const { from, to, glossary, identifier } = check
  const faults: TranslationFault[] = []
  const drop = (code: TranslationFault['code'], reason: string) => faults.push({ code, action: 'drop', reason })
  const warn = (code: TranslationFault['code'], reason: string) => faults.push({ code, action: 'warn', reason })
  if (translation.trim() === '') {
    drop('empty', 'is empty')
    return faults
  }
  if (
    source.trim().toLowerCase() === translation.trim().toLowerCase() &&
    source.trim().split(/\s+/).length >= SAME_WORDS
  ) {
    drop('untranslated', `is not translated into ${to.name}`)
    return faults
  }
  const { letters, share } = scriptShares(translation)
  const own = to.scripts.reduce((sum, script) => sum + share[script], 0)
  // A source without letters ("42") has none in any language.
  if (letters > 0 && own < LEAST_OWN_SCRIPT && scriptShares(source).letters > 3) {
    drop('script', `is not written in the script of ${to.name}`)
  } else {
    const { language, lead } = identifier.identify(translation, to.tag)
    if (lead > 0) drop('language', `seems to be in ${language ?? 'another language'}, not in ${to.name}`)
  }
  const { least, most } = lengthBounds(from, to, [...source].length)
  const length = [...translation].length
  if (length < least) drop('length', `has ${length} characters, too few for its source: something was left out`)
  if (length > most) drop('length', `has ${length} characters, too many for its source: something was added`)
  const { lost, made } = numberDifferences(source, translation, from.tag, to.tag)
  if (lost.length > 0) drop('number-lost', `lacks the number ${lost.join(', ')} of its source`)
  if (made.length > 0) warn('number-made', `has the number ${made.join(', ')}, which its source has not`)
  const terms = termsIn(glossary, source, to.tag)
  for (const [term, form] of terms) {
    if (!translation.includes(form)) drop('term', `has to translate "${term}" as "${form}"`)
  }
  if (to.scripts.includes('latin') && from.tag === 'en') {
    const known = new Set(terms.map(([term]) => term))
    const gone = latinNames(source).filter((name) => !known.has(name) && !translation.includes(name))
    if (gone.length > 0) warn('name', `does not have the name ${gone.join(', ')}`)
  }
  return faults
}
