import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyWords, randomStream } from '../../src/base/random.js'
import { faultOf } from '../support/fault.js'

describe('keyWords', () => {
  // Golden: these decide every shuffled order and every drawn weight. They never change; a new algorithm gets a new name.
  test('golden words', () => {
    expect([...keyWords()]).toEqual([1120186595, 337443992, 3371498394, 616132505])
    expect([...keyWords('full 1', 0, 1)]).toEqual([1576587939, 3947278567, 1079996578, 2782484013])
  })

  test('parts do not run into each other', () => {
    const keys = [['1'], [1], ['1', '1'], ['11'], [11], [1, 1], ['s1:1'], ['1', 1], [1, '1'], ['', ''], [''], []]
    const words = keys.map((key) => keyWords(...key).join())
    expect(new Set(words).size).toBe(keys.length)
  })
})

describe('randomStream', () => {
  test('golden numbers', () => {
    const stream = randomStream('golden', 1)
    expect([stream.bits(), stream.bits(), stream.bits()]).toEqual([1256581361, 2247339279, 3518453141])
    expect([stream.below(10), stream.below(1000), stream.below(2 ** 32)]).toEqual([8, 578, 1847469573])
    expect(stream.float()).toBe(0.6176841051783413)
    expect(stream.normal()).toBeCloseTo(-1.882958134991526, 12)
  })

  test('the same key gives the same stream, whatever else was drawn', () => {
    const one = randomStream('a', 2)
    const other = randomStream('b')
    const first = Array.from({ length: 20 }, () => [one.bits(), other.bits()][0])
    const again = randomStream('a', 2)
    expect(Array.from({ length: 20 }, () => again.bits())).toEqual(first)
  })

  test('below stays below, float inside [0, 1)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 }), fc.nat(), (bound, key) => {
        const stream = randomStream(key)
        for (let i = 0; i < 20; i++) {
          const draw = stream.below(bound)
          expect(Number.isInteger(draw) && draw >= 0 && draw < bound).toBe(true)
          const float = stream.float()
          expect(float >= 0 && float < 1).toBe(true)
        }
      }),
      { numRuns: 50 },
    )
  })

  test('below has no modulo bias: with 3/4 of the range as bound, a third more would fall into the lower third', () => {
    const stream = randomStream('bias')
    const bound = 3 * 2 ** 30
    let low = 0
    for (let i = 0; i < 12000; i++) if (stream.below(bound) < 2 ** 30) low++
    // Binomial(12000, 1/3): 4000, deviation 52; a plain modulo gives 6000.
    expect(Math.abs(low - 4000)).toBeLessThan(300)
  })

  test('normal has mean 0 and deviation 1', () => {
    const stream = randomStream('normal')
    const draws = Array.from({ length: 20000 }, () => stream.normal())
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length
    expect(Math.abs(mean)).toBeLessThan(0.03)
    expect(Math.abs(variance - 1)).toBeLessThan(0.05)
  })

  test.each([0, -1, 1.5, Number.NaN, 2 ** 32 + 1])(
    'a bound of %d is refused rather than drawn for ever',
    async (bound) => {
      const fault = await faultOf(() => randomStream('x').below(bound))
      expect(fault.code).toBe('MIMICIT_BAD_VALUE')
      expect(fault.message).toContain(`received ${bound}`)
    },
  )
})
