// Numbers in the digits and marks of every language are one number; small ones may be words.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chrF } from '../../../src/syphus/translate/chrf.js'
import { latinNames } from '../../../src/syphus/translate/glossary.js'
import { numberDifferences, numbersOf } from '../../../src/syphus/translate/numbers.js'
import { translatedId } from '../../../src/syphus/translate/translated-id.js'
import { roundOf } from '../../../src/tuple/scene.js'

describe('a number', () => {
  it.each([
    ['about 1,200 books', ['1200']],
    ['etwa 1.200 Bücher', ['1200']],
    ['environ 1 200 livres', ['1200']],
    ['environ 1\u202f200 livres', ['1200']],
    ['حوالي ١٬٢٠٠ كتاب', ['1200']],
    ['約１，２００冊', ['1', '200']],
    ['from 3 to 5, or 3.5', ['3', '5', '35']],
    ['at 07:30', ['7', '30']],
    ['none', []],
  ])('of %j is %j', (text, numbers) => expect(numbersOf(text)).toEqual(numbers))

  it('keeps its digits whatever the script', () => {
    fc.assert(
      fc.property(fc.nat({ max: 999_999 }), fc.constantFrom(0x0660, 0x06f0, 0xff10), (number, zero) => {
        const digits = [...String(number)].map((digit) => String.fromCharCode(zero + Number(digit))).join('')
        expect(numbersOf(`x ${digits} y`)).toEqual([String(number)])
      }),
    )
  })

  it('may be a word in the translation, or have been one in the source', () => {
    expect(numberDifferences('There are 3 dogs.', 'Hay tres perros.', 'en', 'es')).toEqual({ lost: [], made: [] })
    expect(numberDifferences('There are 3 dogs.', '有三只狗。', 'en', 'zh')).toEqual({ lost: [], made: [] })
    expect(numberDifferences('There are two dogs.', '犬が2匹います。', 'en', 'ja')).toEqual({ lost: [], made: [] })
    expect(numberDifferences('There are 3 dogs.', 'Hay perros.', 'en', 'es')).toEqual({ lost: ['3'], made: [] })
    expect(numberDifferences('There are dogs.', 'Hay 8 perros.', 'en', 'es')).toEqual({ lost: [], made: ['8'] })
  })
})

describe('chrF', () => {
  it('is what its definition says', () => {
    // Orders 1 to 3: 3 of 3 and 4 letters, 2 of 2 and 3, 1 of 1 and 2; "abc" has no more.
    const [precision, recall] = [1, (3 / 4 + 2 / 3 + 1 / 2) / 3]
    expect(chrF('abc', 'abcd')).toBeCloseTo((5 * precision * recall) / (4 * precision + recall), 12)
    expect(chrF('', '')).toBe(1)
    expect(chrF('a', '')).toBe(0)
    expect(chrF('xyz', 'abc')).toBe(0)
  })

  it('is 1 for the same text and never more', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        expect(chrF(a, a)).toBeCloseTo(1, 12)
        expect(chrF(a, b)).toBeGreaterThanOrEqual(0)
        expect(chrF(a, b)).toBeLessThanOrEqual(1 + 1e-12)
      }),
    )
  })
})

describe('names', () => {
  it('are capitalised words inside a sentence', () => {
    expect(latinNames('The boy meets Anna Smith in Paris. He says that I know her, and Bob too.')).toEqual([
      'Anna Smith',
      'Paris',
      'Bob',
    ])
  })
})

describe('the id of a translation', () => {
  it.each([
    ['DC_INS_v_x', 'DC_INS_v_x_zh'],
    ['LACONV_INS_000000033471_2', 'LACONV_INS_000000033471_zh_2'],
    ['SN_INS_scene0001_00_activity1_round2', 'SN_INS_scene0001_00_activity1_zh_round2'],
    ['P_1234', 'P_1234_zh'],
  ])('of %s is %s', (id, translated) => expect(translatedId(id, 'zh')).toBe(translated))

  it('is of the same round, in a conversation of its own', () => {
    expect(roundOf(translatedId('LACONV_INS_000000033471_2', 'zh'))).toEqual({
      conversation: 'LACONV_INS_000000033471_zh',
      round: 2,
    })
  })
})
