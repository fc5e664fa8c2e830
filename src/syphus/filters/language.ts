// Each side of a pair in the language that it should be in.

import { languageIdentifier } from '../../text/identify-language.js'
import { languages } from '../../tuple/languages.js'
import { type FilterKind, sidesOf } from './filter.js'

/** The filter. */
export const language: FilterKind = {
  title: 'texts in another language',
  async create() {
    const { identify } = await languageIdentifier()
    return {
      judge: (pair, { language: expected }) =>
        sidesOf(pair).flatMap(([side, text]) => {
          const { language: found, lead } = identify(text, expected)
          if (lead === 0) return []
          const is = found === null ? `not in ${named(expected)}` : `in ${named(found)}, not in ${named(expected)}`
          return [{ action: 'drop', rule: found ?? 'unknown', reason: `The ${side} is ${is}.`, score: lead } as const]
        }),
    }
  },
}

const named = (tag: string) => (Object.hasOwn(languages, tag) ? languages[tag]! : tag)
