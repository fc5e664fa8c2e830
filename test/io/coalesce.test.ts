// The plan of joined reads: exact for a few, and its promises for any.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ByteRange, coalesce, LOCAL_JOIN } from '../../src/io/coalesce.js'

describe('ranges', () => {
  test('that touch, overlap or lie near are joined, whatever their order', () => {
    const ranges = [
      { offset: 100, length: 10 },
      { offset: 0, length: 10 },
      { offset: 10, length: 5 },
      { offset: 12, length: 8 },
      { offset: 25, length: 5 },
    ]
    expect(coalesce(ranges, { gapBytes: 5, maxBytes: 1000 })).toEqual([
      { offset: 0, length: 30, parts: [1, 2, 3, 4] },
      { offset: 100, length: 10, parts: [0] },
    ])
    expect(coalesce(ranges, { gapBytes: 4, maxBytes: 1000 }).map(({ offset }) => offset)).toEqual([0, 25, 100])
    expect(coalesce(ranges, { gapBytes: 5, maxBytes: 20 }).map(({ length }) => length)).toEqual([20, 5, 10])
  })

  test('inside a long one cost nothing, and the long one stays whole', () => {
    expect(
      coalesce(
        [
          { offset: 0, length: 500 },
          { offset: 20, length: 5 },
        ],
        { gapBytes: 0, maxBytes: 100 },
      ),
    ).toEqual([{ offset: 0, length: 500, parts: [0, 1] }])
  })

  test('none give none', () => expect(coalesce([], LOCAL_JOIN)).toEqual([]))

  test('any: each in exactly one fetch, no fetch too long, no gap too wide, no two fetches that should be one', () => {
    const range = fc.record({ offset: fc.nat(2000), length: fc.nat(300) })
    fc.assert(
      fc.property(fc.array(range, { maxLength: 40 }), fc.nat(100), fc.nat(600), (ranges, gap, most) => {
        const joined = coalesce(ranges, { gapBytes: gap, maxBytes: most })
        expect(joined.flatMap(({ parts }) => parts).sort((a, b) => a - b)).toEqual(ranges.map((_, i) => i))
        let before: ByteRange | undefined
        for (const { offset, length, parts } of joined) {
          const members = parts.map((part) => ranges[part]!)
          const ends = members.map((member) => member.offset + member.length)
          expect(offset).toBe(Math.min(...members.map((member) => member.offset)))
          expect(offset + length).toBe(Math.max(...ends))
          expect(length).toBeLessThanOrEqual(Math.max(most, ...members.map((member) => member.length)))
          let covered = offset
          for (const member of [...members].sort((a, b) => a.offset - b.offset)) {
            expect(member.offset - covered).toBeLessThanOrEqual(gap)
            covered = Math.max(covered, member.offset + member.length)
          }
          if (before !== undefined) {
            // The first range of a fetch would not have gone into the one before.
            const end = before.offset + before.length
            const next = ranges[parts[0]!]!
            const grown = Math.max(end, next.offset + next.length) - before.offset
            expect(next.offset - end > gap || grown > Math.max(most, before.length)).toBe(true)
          }
          before = { offset, length }
        }
      }),
      { numRuns: 500 },
    )
  })
})
