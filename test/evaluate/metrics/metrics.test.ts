// What has to hold of every caption metric, whatever the captions: on words drawn at random, and at the corners.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alignment } from '../../../src/evaluate/metrics/alignment.js'
import { type CaptionItem, captionSet } from '../../../src/evaluate/metrics/caption-set.js'
import { captionMetrics } from '../../../src/evaluate/metrics/index.js'
import { longestCommon } from '../../../src/evaluate/metrics/rouge-l.js'
import { captionTokenisers } from '../../../src/evaluate/tokens/index.js'
import { plainBleu, plainCiderD, plainRouge } from './plain-scores.js'

const words = fc.array(fc.constantFrom('a', 'dog', 'cat', 'runs', 'on', 'grass', 'the', 'running'), {
  minLength: 1,
  maxLength: 9,
})
const sentence = words.map((list) => list.join(' '))
const item = fc.record({ candidate: sentence, references: fc.array(sentence, { minLength: 1, maxLength: 4 }) })
const items = fc
  .array(item, { minLength: 1, maxLength: 6 })
  .map((list): CaptionItem[] => list.map((one, i) => ({ id: `p${i}`, ...one })))

const setOf = (list: readonly CaptionItem[]) => captionSet(list, captionTokenisers.whitespace)
const all = Object.entries(captionMetrics)
const scoresOf = (list: readonly CaptionItem[]) => all.flatMap(([, metric]) => metric(setOf(list)))
const one = (name: string, candidate: string, references: readonly string[]) =>
  scoresOf([{ id: 'p', candidate, references }]).find((score) => score.name === name)!

describe('every metric', () => {
  it('gives what its definition gives, on captions in any script, with punctuation and without a word', () => {
    const word = fc.oneof(
      fc.constantFrom('a', 'the', 'dog', 'Dog', '犬が', 'ελιά', 'café', '🐶', '.', ',', '--', "n't", 'constructor'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 }).filter((text) => !/\s/u.test(text)),
    )
    const of = (least: number) => fc.array(word, { minLength: least, maxLength: 12 })
    const picture = fc.record({ candidate: of(0), references: fc.array(of(1), { minLength: 1, maxLength: 5 }) })
    fc.assert(
      fc.property(fc.array(picture, { minLength: 1, maxLength: 8 }), (list) => {
        const set = setOf(
          list.map(({ candidate, references }, i) => ({
            ...{ id: String(i), candidate: candidate.join(' ') },
            references: references.map((words) => words.join(' ')),
          })),
        )
        const found = [captionMetrics.bleu, captionMetrics['rouge-l'], captionMetrics['cider-d']]
          .flatMap((metric) => metric(set))
          .map(({ corpus }) => corpus)
        const plain = [...plainBleu(list), plainRouge(list), plainCiderD(list)]
        for (const [i, value] of plain.entries()) expect(found[i]).toBeCloseTo(value, 10)
      }),
      { numRuns: 300 },
    )
  })

  it('gives finite numbers from 0 on, at most 1 (CIDEr: 10)', () => {
    fc.assert(
      fc.property(items, (list) => {
        for (const { name, corpus, items: each } of scoresOf(list)) {
          for (const score of [corpus, ...each]) {
            expect(score).toBeGreaterThanOrEqual(0)
            expect(score).toBeLessThanOrEqual((name.startsWith('CIDEr') ? 10 : 1) + 1e-9)
          }
        }
      }),
    )
  })

  it('does not mind the order of the pictures or of their references', () => {
    fc.assert(
      fc.property(items, fc.infiniteStream(fc.nat(1e6)), (list, keys) => {
        const shuffled = <T>(of: readonly T[]): T[] =>
          of
            .map((value) => [keys.next().value as number, value] as const)
            .sort(([a], [b]) => a - b)
            .map(([, value]) => value)
        const other = shuffled(list.map((entry) => ({ ...entry, references: shuffled(entry.references) })))
        const before = scoresOf(list)
        for (const [m, { corpus, items: each }] of scoresOf(other).entries()) {
          expect(corpus).toBeCloseTo(before[m]!.corpus, 10)
          for (const [i, { id }] of other.entries()) {
            const was = before[m]!.items[list.findIndex((entry) => entry.id === id)]!
            // METEOR's chunks depend on no order either.
            expect(each[i]).toBeCloseTo(was, 10)
          }
        }
      }),
    )
  })

  it('gives an empty caption 0', () => {
    for (const { name, items: each } of scoresOf([
      { id: 'a', candidate: '', references: ['a dog runs'] },
      { id: 'b', candidate: 'a cat', references: ['a cat'] },
    ])) {
      expect(each[0], name).toBe(0)
    }
  })

  it('refuses pictures without references', () => {
    expect(() => setOf([{ id: 'x', candidate: 'a', references: [] }])).toThrowError(
      expect.objectContaining({ code: 'MIMICIT_EMPTY' }),
    )
    expect(() => setOf([{ id: 'x', candidate: 'a', references: [' '] }])).toThrowError(/references of x/)
  })
})

describe('BLEU', () => {
  it('takes the closest reference, and the shorter one of two that are as close', () => {
    // Five words against three and seven: the shorter counts, so there is nothing to punish.
    expect(one('BLEU-1', 'a b c d e', ['a b c', 'a b c d e f g']).corpus).toBeCloseTo(1, 8)
    expect(one('BLEU-1', 'a b c d e', ['a b c d e f g']).corpus).toBeCloseTo(Math.exp(1 - 7 / 5), 8)
  })

  it('punishes from the first missing word on, and not a word earlier', () => {
    expect(one('BLEU-1', 'a b c', ['a b c']).corpus).toBeCloseTo(1, 8)
    expect(one('BLEU-1', 'a b', ['a b c']).corpus).toBeCloseTo(Math.exp(1 - 3 / 2), 8)
    expect(one('BLEU-1', 'a b c d', ['a b c']).corpus).toBeCloseTo(3 / 4, 8)
  })

  it('prints what the COCO tools print where a length has no match or no word', () => {
    // (1e-15 + 0) / (1e-9 + 1) for the one run of three words that does not match, and 1e-15 / 1e-9 where there is none.
    const [, , three, four] = captionMetrics.bleu(setOf([{ id: 'p', candidate: 'a b x', references: ['a b c'] }]))
    expect(three!.corpus).toBeCloseTo(((2 / 3) * (1 / 2) * 1e-15) ** (1 / 3), 12)
    expect(four!.corpus).toBeCloseTo(((2 / 3) * (1 / 2) * 1e-15 * 1e-6) ** (1 / 4), 12)
    expect(three!.corpus).toBeGreaterThan(5e-6)
  })

  it('clips by the reference that has most', () => {
    expect(one('BLEU-1', 'the the the the', ['the cat the', 'the dog']).corpus).toBeCloseTo(2 / 4, 8)
  })
})

describe('CIDEr-D', () => {
  it('of a reference as the candidate is the most that its picture can have', () => {
    const long = fc.array(fc.constantFrom('a', 'dog', 'cat', 'runs', 'on', 'grass'), { minLength: 4, maxLength: 9 })
    fc.assert(
      fc.property(fc.array(long, { minLength: 2, maxLength: 5 }), sentence, (references, other) => {
        // Words of its own for every picture, so that every run of words tells something.
        const list = references.map((parts, i) => {
          const reference = parts.map((word) => `${word}${i}`).join(' ')
          return { id: `p${i}`, candidate: reference, references: [reference] }
        })
        const [own] = captionMetrics['cider-d'](setOf(list))
        for (const score of own!.items) expect(score).toBeCloseTo(10, 9)
        const [less] = captionMetrics['cider-d'](setOf(list.map((entry) => ({ ...entry, candidate: other }))))
        for (const [i, score] of less!.items.entries()) expect(score).toBeLessThanOrEqual(own!.items[i]! + 1e-9)
      }),
    )
  })

  it('punishes another length, which plain CIDEr does not', () => {
    const list = [
      { id: 'a', candidate: 'red dog runs far red dog runs far', references: ['red dog runs far'] },
      { id: 'b', candidate: 'blue cat sits still', references: ['blue cat sits still'] },
    ]
    const [plain] = captionMetrics.cider(setOf(list))
    const [clipped] = captionMetrics['cider-d'](setOf(list))
    expect(clipped!.items[0]!).toBeLessThan(plain!.items[0]!)
    expect(clipped!.items[1]!).toBeCloseTo(10, 9)
  })
})

describe('ROUGE-L', () => {
  it('counts the longest common subsequence', () => {
    expect(longestCommon(['a', 'b', 'c', 'd'], ['b', 'x', 'd', 'c'])).toBe(2)
    fc.assert(
      fc.property(words, words, (a, b) => {
        expect(longestCommon(a, b)).toBe(longestCommon(b, a))
        expect(longestCommon(a, a)).toBe(a.length)
      }),
    )
  })
})

describe('METEOR', () => {
  it('is what its formula says, worked out by hand', () => {
    // Content words count 0.75, function words 0.25, a match by stem 0.6 of that; one chunk of three matches.
    const [precision, recall] = [1.45 / 2.5, 1.45 / 1.75]
    const mean = (precision * recall) / (0.85 * precision + 0.15 * recall)
    const { corpus } = one('METEOR', 'a dog running fast', ['a dog runs'])
    expect(corpus).toBeCloseTo(mean * (1 - 0.6 * (1 / 3) ** 0.2), 12)
    // The same words in another order: two chunks of two matches.
    expect(one('METEOR', 'dog cat', ['cat dog']).corpus).toBeCloseTo(1 - 0.6, 12)
    expect(one('METEOR', 'a cat sits', ['a cat sits']).corpus).toBe(1)
  })

  it('has the chunks of the example that METEOR is mostly explained with', () => {
    const split = (text: string) => ({ words: text.split(' '), stems: text.split(' ') })
    const hypothesis = 'it is a guide to action which ensures that the military always obeys the commands of the party'
    const reference = 'it is a guide to action that ensures that the military will forever heed party commands'
    const { pairs, chunks } = alignment(split(hypothesis), split(reference))
    expect([pairs.length, chunks]).toEqual([12, 4])
  })

  it('aligns as many words as there can be, in the fewest chunks: as trying everything does', () => {
    const few = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(few, few, (a, b) => {
        const plain = (list: readonly string[]) => ({ words: list, stems: list })
        const { pairs, chunks } = alignment(plain(a), plain(b))
        expect({ matches: pairs.length, chunks }).toEqual(bestAlignment(a, b))
      }),
      { numRuns: 300 },
    )
  })
})

/** The best of all alignments. */
function bestAlignment(a: readonly string[], b: readonly string[]): { matches: number; chunks: number } {
  let best = { matches: 0, chunks: 0 }
  const walk = (i: number, pairs: readonly (readonly [number, number])[]) => {
    if (i === a.length) {
      const chunks = pairs.filter(([x, y], p) => !(pairs[p - 1]?.[0] === x - 1 && pairs[p - 1]?.[1] === y - 1)).length
      if (pairs.length > best.matches || (pairs.length === best.matches && chunks < best.chunks)) {
        best = { matches: pairs.length, chunks }
      }
      return
    }
    walk(i + 1, pairs)
    for (const [j, word] of b.entries()) {
      if (word === a[i] && !pairs.some(([, taken]) => taken === j)) walk(i + 1, [...pairs, [i, j]])
    }
  }
  walk(0, [])
  return best
}
