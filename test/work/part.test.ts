import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isInPart, parsePart, partName, partOf, partsOf } from '../../src/work/part.js'

describe('parts', () => {
  it('share out every key once, whoever asks', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 200 }), (key, count) => {
        expect(partsOf(count).filter((part) => isInPart(part, key))).toEqual([{ index: partOf(key, count), count }])
      }),
    )
  })

  it('are about the same size', () => {
    const sizes = new Array<number>(8).fill(0)
    for (let i = 0; i < 8000; i++) sizes[partOf(`COCO_IMG_${i}`, 8) - 1]!++
    for (const size of sizes) expect(Math.abs(size - 1000)).toBeLessThan(120)
  })

  it('never move: other numbers would tear jobs apart that are under way', () => {
    expect(['a', 'b', 'LA_IMG_000000000009', ''].map((key) => partOf(key, 7))).toMatchInlineSnapshot(`
      [
        1,
        1,
        6,
        5,
      ]
    `)
  })

  it('are read from text', () => {
    expect(parsePart('3/8')).toEqual({ index: 3, count: 8 })
    expect(partName(parsePart(' 8/8 '))).toBe('8-of-8')
    for (const text of ['0/8', '9/8', '3', '3/', '/8', '1/2/3', '-1/2', '1.5/2', '1/100001', '']) {
      expect(() => parsePart(text), text).toThrow(expect.objectContaining({ code: 'MIMICIT_BAD_VALUE' }))
    }
  })
})
