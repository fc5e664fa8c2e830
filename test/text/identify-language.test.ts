// Questions and answers of the length that they have in the data, in all eight languages: none is taken for another, and
// a wrong one is found out.
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { type LanguageIdentifier, languageIdentifier } from '../../src/text/identify-language.js'
import { languages } from '../../src/tuple/languages.js'
import { identifyAll } from '../support/languages.js'

interface QuestionAnswer {
  readonly question: string
  readonly answer: string
}
const recorded = JSON.parse(readFileSync(new URL('../syphus/translate/recorded.json', import.meta.url), 'utf8')) as {
  source: QuestionAnswer[]
  translations: Record<string, { pairs: QuestionAnswer[] }>
}
const texts: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.keys(languages).map((tag) => [
    tag,
    (tag === 'en' ? recorded.source : recorded.translations[tag]!.pairs).flatMap(({ question, answer }) => [
      question,
      answer,
    ]),
  ]),
)

let identifier: LanguageIdentifier
beforeAll(async () => {
  identifier = await languageIdentifier()
})

describe('a text in the language that it should be in', () => {
  it.each(Object.keys(languages))('passes: %s', (tag) => {
    expect(texts[tag]!.length).toBeGreaterThanOrEqual(12)
    for (const text of texts[tag]!) expect(identifier.identify(text, tag).lead, text).toBe(0)
  })

  it.each([
    ['en', 'A red kite.'],
    ['es', 'Ella sonríe.'],
    ['ko', '빨간 연.'],
    ['zh', '在 IKEA 买的 sofa。'],
    ['ja', '東京。'],
    ['de', '42'],
    ['ar', ''],
  ])('passes when it is short: %s %j', (tag, text) => expect(identifier.identify(text, tag).lead).toBe(0))
})

describe('a text in another language', () => {
  it('is found out in nearly every case, and named', () => {
    const { wrong, missed, misnamed } = identifyAll(identifier, texts)
    expect(wrong).toBeGreaterThan(600)
    expect(misnamed).toEqual([])
    expect(missed.length / wrong, missed.join('\n')).toBeLessThan(0.02)
  })

  it('may be none of ours', () => {
    expect(
      identifier.identify('Het meisje loopt met haar rode fiets naar de winkel om brood te kopen.', 'de'),
    ).toMatchObject({
      language: 'nl',
    })
    expect(identifier.identify('Девочка идёт в магазин за хлебом.', 'zh').lead).toBeGreaterThan(0)
    expect(identifier.identify('Девочка идёт в магазин за хлебом.', 'en').lead).toBeGreaterThan(0)
  })
})
