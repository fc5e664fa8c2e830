// In which writing systems a text is written.

/** Writing systems of the eight languages; whatever else counts as `other`. */
export type Script = 'latin' | 'han' | 'kana' | 'hangul' | 'arabic' | 'other'

const SCRIPTS: readonly (readonly [Script, RegExp])[] = [
  ['latin', /\p{Script=Latin}/gu],
  ['han', /\p{Script=Han}/gu],
  ['kana', /[\p{Script=Hiragana}\p{Script=Katakana}ー]/gu],
  ['hangul', /\p{Script=Hangul}/gu],
  ['arabic', /\p{Script=Arabic}/gu],
]

/** The letters of a text by their scripts. */
export interface ScriptShares {
  /** Letters in all. */
  readonly letters: number
  /** From 0 to 1; 0 for all where there is no letter. */
  readonly share: Readonly<Record<Script, number>>
}

/** Counts letters; digits, marks and punctuation are of no script. */
export function scriptShares(text: string): ScriptShares {
  const letters = text.match(/\p{L}/gu)?.length ?? 0
  const counts = SCRIPTS.map(([name, pattern]) => [name, text.match(pattern)?.length ?? 0] as const)
  const known = counts.reduce((sum, [, count]) => sum + count, 0)
  const of = (count: number) => (letters === 0 ? 0 : Math.min(1, count / letters))
  const shares = [...counts, ['other', Math.max(0, letters - known)] as const].map(
    ([name, n]) => [name, of(n)] as const,
  )
  return { letters, share: Object.fromEntries(shares) as Record<Script, number> }
}
