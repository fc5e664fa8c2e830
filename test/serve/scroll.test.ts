// Scrolling through lists that are taller than any element may be.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ListSize, scrollOf, seenRows, topAfter, topShowing, trackHeight } from '../../viewer/src/data/scroll.js'

const sizes = fc.record({
  rows: fc.integer({ min: 1, max: 2 ** 31 }),
  rowHeight: fc.integer({ min: 10, max: 100 }),
  viewHeight: fc.integer({ min: 50, max: 3000 }),
})
const last = ({ rows, rowHeight, viewHeight }: ListSize) => Math.max(0, rows * rowHeight - viewHeight)

describe('a list of any length', () => {
  it('has a track that browsers allow', () => {
    fc.assert(
      fc.property(sizes, (size) => {
        expect(trackHeight(size)).toBeLessThanOrEqual(8_000_000)
      }),
    )
  })

  it('begins and ends where its track does', () => {
    fc.assert(
      fc.property(sizes, fc.double({ min: 0, max: 1, noNaN: true }), (size, at) => {
        const track = trackHeight(size) - size.viewHeight
        const top = at * last(size)
        expect(topAfter(size, top, scrollOf(size, top), 0)).toBe(0)
        expect(topAfter(size, top, scrollOf(size, top), track)).toBe(last(size))
        expect(scrollOf(size, last(size))).toBeCloseTo(track, 3)
      }),
    )
  })

  it('moves by as many pixels as a small movement has, and shows any row it is asked for', () => {
    const size = { rows: 2_800_000, rowHeight: 60, viewHeight: 700 }
    expect(topAfter(size, 50_000_000, 2_000_000, 2_000_100)).toBe(50_000_100)
    expect(topAfter(size, 50_000_000, 2_000_000, 1_999_900)).toBe(49_999_900)
    // A dragged bar goes to the same part of the list.
    expect(topAfter(size, 0, 0, 4_000_000) / last(size)).toBeCloseTo(0.5, 3)
    for (const row of [0, 1, 1_234_567, 2_799_999]) {
      const [from, to] = seenRows(size, topShowing(size, 0, row), 0)
      expect(from).toBeLessThanOrEqual(row)
      expect(to).toBeGreaterThan(row)
    }
    // What is seen already stays where it is.
    expect(topShowing(size, 600, 12)).toBe(600)
  })

  it('scrolls a short list as it is', () => {
    const size = { rows: 100, rowHeight: 60, viewHeight: 700 }
    expect(trackHeight(size)).toBe(6000)
    expect(topAfter(size, 0, 0, 5300)).toBe(5300)
    expect(topAfter(size, 0, 0, 3000)).toBe(3000)
    expect(topAfter({ ...size, rows: 3 }, 0, 0, 10)).toBe(0)
  })
})
