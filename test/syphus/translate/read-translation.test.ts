// Recorded translations in all seven languages pass every check; what is wrong with them in one way is caught by it.
import { beforeAll, describe, expect, it } from 'vitest'
import type { TranslationCheck } from '../../../src/syphus/translate/check-translation.js'
import { readTranslation, translationFault } from '../../../src/syphus/translate/read-translation.js'
import { targetLanguage } from '../../../src/syphus/translate/target-language.js'
import { type LanguageIdentifier, languageIdentifier } from '../../../src/text/identify-language.js'
import { recordedLanguages, recordedPairs, recordedReply, sources } from './recorded.js'

let identifier: LanguageIdentifier
beforeAll(async () => {
  identifier = await languageIdentifier()
})
const check = (tag: string, glossary = {}): TranslationCheck => ({
  ...{ from: targetLanguage('en'), to: targetLanguage(tag), glossary, identifier },
})
const reply = (text: string) => ({ text, finish: 'stop' as const, usage: { promptTokens: 1, completionTokens: 1 } })
type Pairs = Parameters<NonNullable<Parameters<typeof recordedReply>[1]>>[0]
const faultsOf = (tag: string, change: (pairs: Pairs) => Pairs, glossary = {}) => {
  const read = readTranslation(sources, reply(recordedReply(tag, change)), check(tag, glossary))
  if ('fault' in read) return [read.fault.code]
  return read.pairs.flatMap(({ index, faults }) => faults.map(({ code, action }) => `${index} ${action} ${code}`))
}
/** Changes the answer of one pair. */
const answer = (at: number, change: (text: string) => string) => (pairs: Pairs) =>
  pairs.map((pair, n) => (n === at ? { ...pair, answer: change(pair.answer) } : pair))

it('there are seven', () => expect(recordedLanguages.sort()).toEqual(['ar', 'de', 'es', 'fr', 'ja', 'ko', 'zh']))

describe.each(recordedLanguages)('a recorded reply in %s', (tag) => {
  const expected = recordedPairs(tag)

  it('passes without any fault or warning', () => {
    const read = readTranslation(sources, reply(recordedReply(tag)), check(tag))
    expect(read).toEqual({
      pairs: expected.map((pair, index) => ({ index, pair, replaced: {}, faults: [], kept: true })),
    })
    expect(translationFault(read)).toBeUndefined()
  })

  it('is caught when a number is gone, and marked when one was made', () => {
    expect(
      faultsOf(
        tag,
        answer(1, (text) => text.replace(/42|٤٢/, '17')),
      ),
    ).toEqual(['1 drop number-lost', '1 warn number-made'])
  })

  it('is caught when a pair is in English, or in another language', () => {
    const english = faultsOf(
      tag,
      answer(4, () => sources[4]!.response),
    )
    expect(english).toEqual(['4 drop untranslated'])
    const other = tag === 'de' ? 'fr' : 'de'
    const wrong = faultsOf(
      tag,
      answer(4, () => recordedPairs(other)[4]!.response),
    )
    expect(wrong).toContainEqual(expect.stringMatching(/^4 drop (script|language)$/))
  })

  it('is caught when most of an answer is missing, or much was added', () => {
    expect(
      faultsOf(
        tag,
        answer(5, (text) => text.replace(/^(.{3}).*$/su, '$1 1200')),
      ),
    ).toContain('5 drop length')
    expect(
      faultsOf(
        tag,
        answer(4, (text) => `${text} `.repeat(6)),
      ),
    ).toContain('4 drop length')
  })

  it('is caught when a pair is missing or there is one too many', () => {
    expect(faultsOf(tag, (pairs) => pairs.slice(1))).toEqual(['few-pairs'])
    expect(faultsOf(tag, (pairs) => [...pairs, pairs[0]!])).toEqual(['many-pairs'])
  })

  it('is caught when a term is not as the glossary wants it', () => {
    const glossary = { Anna: { [tag]: 'Änna' }, Beach: true } as const
    expect(faultsOf(tag, (pairs) => pairs, glossary)).toEqual(['2 drop term'])
    expect(
      faultsOf(
        tag,
        answer(2, (text) => `${text} Änna`),
        glossary,
      ).filter((fault) => fault.includes('drop')),
    ).toEqual([])
  })

  it('is caught when it is prose', () => {
    const read = readTranslation(sources, reply('Here is the translation you wanted, my friend.'), check(tag))
    expect(read).toMatchObject({ fault: { code: 'no-pairs' } })
  })
})

it('a fault is told with its pair, so that the model can mend it', () => {
  const read = readTranslation(
    sources,
    reply(
      recordedReply(
        'de',
        answer(1, (text) => text.replace('42', 'sieben')),
      ),
    ),
    check('de'),
  )
  expect(translationFault(read)).toEqual({
    code: 'wrong-form',
    reason: 'The translation has faults. Pair 2: The answer lacks the number 42 of its source.',
  })
})

it('a name that is gone is marked where names are written alike', () => {
  expect(
    faultsOf(
      'de',
      answer(2, (text) => text.replace('Anna', 'Berta')),
    ),
  ).toEqual(['2 warn name'])
})
