// A turn out of stored ids is the turn that tokenising its texts gives.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { byteTokenizer } from '../../src/text/byte-tokenizer.js'
import { tokeniseVariants } from '../../src/text/lengths.js'
import { lengthsRow } from '../../src/text/lengths-row.js'
import type { Marks } from '../../src/text/render.js'
import { storedShape, storedTurn } from '../../src/text/stored-turn.js'
import { ALL_TOKENS, tokeniseTurn } from '../../src/text/tokenise.js'
import { anyPair, anyRules, rulesWith } from '../loader/pairs.js'
import { anyTokenizer, anyTokens } from './rules.js'

describe('a stored turn', () => {
  test('is the tokenised one, for any marks, template, tokenizer and special tokens', () => {
    const anyMarks = fc.option(fc.nat(4), { nil: undefined })
    let compared = 0
    fc.assert(
      fc.property(anyPair, anyRules, anyTokenizer, anyTokens, anyMarks, (pair, some, tokenizer, tokens, count) => {
        const rules = { ...some, tokenizer, tokens }
        const { instruction, response, mediaPositions } = pair
        const inside = count === undefined && mediaPositions !== null
        const marks: Marks = inside
          ? { kind: 'inside', positions: mediaPositions }
          : { kind: 'front', count: count ?? 1 }
        const stored = lengthsRow(
          tokeniseVariants(pair, { ...rules, tokens: ALL_TOKENS }),
          true,
          tokenizer.special.image,
        )
        const turn = storedTurn(stored, marks, storedShape(rules), rules)
        if (turn === undefined) return
        compared++
        expect(turn).toEqual(tokeniseTurn({ instruction, response, marks }, rules))
      }),
      { numRuns: 400 },
    )
    expect(compared).toBeGreaterThan(350)
  })

  test('is not there where only counts are stored', () => {
    const rules = rulesWith()
    const pair = { instruction: 'q', response: 'a', mediaPositions: null }
    const counts = lengthsRow(tokeniseVariants(pair, rules), false, byteTokenizer.special.image)
    expect(storedTurn(counts, { kind: 'front', count: 1 }, storedShape(rules), rules)).toBe(undefined)
  })

  test.each([
    ['an id that no vocabulary has', [260, 85, 300, 261, 97, 259], 1],
    ['an id below 0', [260, 85, -1, 261, 97, 259], 1],
    ['a response longer than its ids', [260, 85, 261, 97, 259], 9],
  ])('with %s is refused', (_, ids, response) => {
    const rules = rulesWith()
    const row = {
      instruction: 1,
      unmarked: null,
      interleaved: null,
      response,
      ids,
      unmarkedIds: null,
      interleavedIds: null,
    }
    expect(() => storedTurn(row, { kind: 'front', count: 1 }, storedShape(rules), rules)).toThrow(RangeError)
  })
})
