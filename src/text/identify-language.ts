// Whether a text is in the language that it should be in. Scripts decide for Chinese, Japanese, Korean and Arabic; for the
// others n-grams do, and only where they are sure: a short text, or one that two languages share, passes.
import { type Script, scriptShares } from './scripts.js'

/** What was found out. */
export interface LanguageFinding {
  /** BCP 47 tag of what the text is in, or null where the text does not tell. */
  readonly language: string | null
  /** How far ahead of the expected language it is, 0 to 1; 0 where it is the expected one. */
  readonly lead: number
}

/** Identifies languages. */
export interface LanguageIdentifier {
  /** @param expected tag of the language that the text should be in */
  identify(text: string, expected: string): LanguageFinding
}

/** Fewer letters of an alphabet say too little: a name, "OK", a loan word. */
const FEWEST_LETTERS = 16
/** That a text is in the wrong script is seen sooner. */
const FEWEST_FOREIGN = 10
/** In scripts with a character a syllable or word. */
const FEWEST_CHARACTERS = 4
/** Differences of n-gram scores below this are chance. */
const LEAST_LEAD = 0.12
/** A text in one script has names and abbreviations in another. */
const MOST_FOREIGN = 0.75
/** A Chinese text quotes a Japanese name. */
const MOST_KANA = 0.15
/** Chinese characters beyond which Japanese would have had a syllable between them. */
const MOST_WITHOUT_KANA = 8

/** Languages whose script tells them. */
const BY_SCRIPT: Readonly<Record<string, readonly Script[]>> = {
  zh: ['han'],
  ja: ['kana', 'han'],
  ko: ['hangul'],
  ar: ['arabic'],
}

/** Loads the n-grams, once in a process. */
export async function languageIdentifier(): Promise<LanguageIdentifier> {
  const { eld } = await import('eld/small')
  const byLetters = (text: string, expected: string): LanguageFinding => {
    const scores = Object.entries(eld.detect(text).getScores()).sort(([, a], [, b]) => b - a)
    const [best] = scores
    if (best === undefined) return { language: null, lead: 0 }
    const lead = best[1] - (scores.find(([tag]) => tag === expected)?.[1] ?? 0)
    return lead === 0 || lead >= LEAST_LEAD ? { language: best[0], lead } : { language: null, lead: 0 }
  }
  return {
    identify(text, expected) {
      const tag = expected.split('-')[0]!.toLowerCase()
      const { letters, share } = scriptShares(text)
      const found = languageOfScript(share, letters)
      const scripts = BY_SCRIPT[tag]
      if (scripts !== undefined) {
        const own = scripts.reduce((sum, script) => sum + share[script], 0)
        const isForeign = own < 1 - MOST_FOREIGN && letters >= (share.latin > 0.5 ? FEWEST_FOREIGN : FEWEST_CHARACTERS)
        const isSister =
          (tag === 'ja' && share.kana === 0 && letters > MOST_WITHOUT_KANA) || (tag === 'zh' && share.kana > MOST_KANA)
        if (!isForeign && !isSister) return { language: own > 0 ? tag : null, lead: 0 }
        const language = found ?? (letters < FEWEST_LETTERS ? null : byLetters(text, '').language)
        return { language, lead: Math.max(LEAST_LEAD, 1 - own) }
      }
      if (found !== undefined && letters >= FEWEST_CHARACTERS) return { language: found, lead: 1 - share.latin }
      if (letters < FEWEST_LETTERS) return { language: null, lead: 0 }
      return byLetters(text, tag)
    },
  }
}

function languageOfScript(share: Readonly<Record<Script, number>>, letters: number): string | undefined {
  if (letters === 0 || share.latin >= MOST_FOREIGN) return undefined
  if (share.kana > MOST_KANA) return 'ja'
  if (share.han >= 0.5) return 'zh'
  if (share.hangul >= 0.5) return 'ko'
  return share.arabic >= 0.5 ? 'ar' : undefined
}
