// Recorded replies: one set of pairs and what a model gave back for it in each of the seven languages.
import { readFileSync } from 'node:fs'

interface QuestionAnswer {
  readonly question: string
  readonly answer: string
}

const file = JSON.parse(readFileSync(new URL('./recorded.json', import.meta.url), 'utf8')) as {
  readonly source: readonly QuestionAnswer[]
  readonly translations: Readonly<Record<string, { readonly pairs: readonly QuestionAnswer[] }>>
}
const texts = ({ question, answer }: QuestionAnswer) => ({ instruction: question, response: answer })

/** The pairs that were translated. */
export const sources = file.source.map(texts)

/** The languages that they were translated into. */
export const recordedLanguages = Object.keys(file.translations)

/** The pairs in a language. */
export const recordedPairs = (tag: string) => file.translations[tag]!.pairs.map(texts)

/** The text of the reply in a language, with pairs changed. */
export const recordedReply = (tag: string, change: (pairs: QuestionAnswer[]) => QuestionAnswer[] = (pairs) => pairs) =>
  JSON.stringify({ pairs: change(structuredClone(file.translations[tag]!.pairs) as QuestionAnswer[]) })
