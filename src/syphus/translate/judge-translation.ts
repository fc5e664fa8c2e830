// Filters over translations. What speaks against the source already is the source's: a translation that keeps it is faithful.
// So each is judged beside its source, and only what came in on the way counts.
import type { Pair } from '../../tuple/tuple.js'
import type { Objection } from '../filters/filter.js'
import type { FilterName } from '../filters/index.js'
import { createJudge, type Judge, type JudgeCounts, type Verdict } from '../filters/judge.js'
import type { PairTexts } from './request.js'

/** Filters that are used where nobody says which: languages and numbers have checks of their own. */
export const TRANSLATION_FILTERS: readonly FilterName[] = [
  'length',
  'markup',
  'refusal',
  'annotation-leak',
  'personal-data',
]

/** Judges translations, in their order. */
export interface TranslationJudge {
  /** What speaks against a translation and not against its source. */
  judge(source: Pair, translation: PairTexts, language: string): Promise<readonly Verdict[]>
  /** Objections by `filter/rule`, as translations that had one. */
  objections(): JudgeCounts['objections']
}

/** @throws MimicitError MIMICIT_UNKNOWN_NAME for a filter that does not exist */
export function translationJudge(filters: readonly FilterName[]): TranslationJudge {
  // Some filters remember what they have seen, so each language has its own.
  const judges = new Map<string, { readonly source: Judge; readonly translation: Judge }>()
  const counts = new Map<string, { readonly action: Objection['action']; pairs: number }>()
  const judgesOf = async (language: string) => {
    const known = judges.get(language)
    if (known !== undefined) return known
    const made = {
      source: await createJudge({ filters, replacements: [] }),
      translation: await createJudge({ filters, replacements: [] }),
    }
    judges.set(language, made)
    return made
  }
  const nameOf = ({ filter, rule }: Verdict) => `${filter}/${rule}`
  return {
    async judge(source, texts, language) {
      const both = await judgesOf(language)
      const media = source.media.length === 0 ? source.id : source.media.join(' ')
      const about = { evidence: '', media }
      const before = await both.source.judge(source, { ...about, language: source.language })
      const after = await both.translation.judge(texts, { ...about, language })
      const inherited = new Set(before.verdicts.map(nameOf))
      const verdicts = after.verdicts.filter((verdict) => !inherited.has(nameOf(verdict)))
      for (const [name, action] of new Map(verdicts.map((verdict) => [nameOf(verdict), verdict.action]))) {
        const count = counts.get(name) ?? { action, pairs: 0 }
        count.pairs++
        counts.set(name, count)
      }
      return verdicts
    },
    objections: () => Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}
