// Every text held against every language that it is not in.
import type { LanguageIdentifier } from '../../src/text/identify-language.js'

/** What came out. */
export interface Confusions {
  /** Texts that were held against a wrong language. */
  readonly wrong: number
  /** Those that passed. */
  readonly missed: readonly string[]
  /** Those that were found out and given a wrong name. */
  readonly misnamed: readonly string[]
}

/** Holds each text against each of the other languages. */
export function identifyAll(
  { identify }: LanguageIdentifier,
  texts: Readonly<Record<string, readonly string[]>>,
): Confusions {
  let wrong = 0
  const missed: string[] = []
  const misnamed: string[] = []
  for (const [tag, own] of Object.entries(texts)) {
    for (const expected of Object.keys(texts)) {
      if (expected === tag) continue
      for (const text of own) {
        wrong++
        const { language, lead } = identify(text, expected)
        if (lead === 0) missed.push(`${tag} as ${expected}: ${text}`)
        else if (language !== tag) misnamed.push(`${tag} as ${expected}, told as ${language}: ${text}`)
      }
    }
  }
  return { wrong, missed, misnamed }
}
