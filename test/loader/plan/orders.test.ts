// The orders of an epoch: permutations that belong to a key.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyWords } from '../../../src/base/random.js'
import { keyedPermutation } from '../../../src/loader/plan/permutation.js'
import { shuffleNamed, shuffles } from '../../../src/loader/plan/shuffles.js'
import { faultOf } from '../../support/fault.js'

interface GoldenOrder {
  readonly shuffle: string
  readonly version: number
  readonly samples: number
  readonly orderKey: string
  readonly seed: number
  readonly epoch: number
  readonly positions: readonly number[]
  readonly order: readonly number[]
}
const golden = JSON.parse(readFileSync(new URL('../../../schema/golden-orders.json', import.meta.url), 'utf8')) as {
  readonly orders: readonly GoldenOrder[]
}

describe('orders', () => {
  test.each(golden.orders)('golden: $shuffle of $samples, seed $seed, epoch $epoch', (vector) => {
    const { samples, orderKey, seed, epoch, positions } = vector
    const shuffle = shuffleNamed(vector.shuffle)
    expect(shuffle.version).toBe(vector.version)
    const order = shuffle.order(samples, { orderKey, seed, epoch })
    expect(positions.map(order)).toEqual(vector.order)
  })

  test('every order is a permutation', () => {
    const key = fc.record({ orderKey: fc.string(), seed: fc.integer(), epoch: fc.nat() })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 700 }),
        key,
        fc.constantFrom(...Object.keys(shuffles), 'windowed:16', 'windowed:16/4', 'windowed:7/7', 'windowed:1'),
        (n, orderKey, name) => {
          const order = shuffleNamed(name).order(n, orderKey)
          const seen = new Set(Array.from({ length: n }, (_, i) => order(i)))
          expect(seen.size).toBe(n)
          expect(Math.min(...seen)).toBe(0)
          expect(Math.max(...seen)).toBe(n - 1)
        },
      ),
      { numRuns: 60 },
    )
  })

  test.each([1, 2, 3, 4, 5, 16, 17, 64, 65])('of %d elements: every element comes first about equally often', (n) => {
    const counts = new Array<number>(n).fill(0)
    const draws = 200 * n
    for (let seed = 0; seed < draws; seed++) counts[keyedPermutation(n, 'fair', seed)(0)]!++
    // 200 expected each, deviation 14.
    for (const count of counts) expect(Math.abs(count - draws / n)).toBeLessThanOrEqual(n === 1 ? 0 : 80)
  })

  test('far positions of giant sets are inside, distinct and cheap', () => {
    for (const n of [2 ** 31 + 1, 4 ** 24 + 1, 2 ** 52 - 1]) {
      const order = keyedPermutation(n, 'giant')
      const some = [0, 1, 2, n - 3, n - 2, n - 1].map(order)
      expect(new Set(some).size).toBe(6)
      for (const element of some) expect(Number.isSafeInteger(element) && element >= 0 && element < n).toBe(true)
    }
  })

  test('seed, epoch and data set each make another order', () => {
    const base = { orderKey: 'k', seed: 0, epoch: 0 }
    const orders = [base, { ...base, seed: 1 }, { ...base, epoch: 1 }, { ...base, orderKey: 'l' }].map((key) =>
      Array.from({ length: 50 }, (_, i) => shuffles.full!.order(50, key)(i)).join(),
    )
    expect(new Set(orders).size).toBe(4)
  })

  test('the windowed order is what the format says, written out row by row', () => {
    const sizes = fc.constantFrom([16, 1], [16, 4], [24, 3], [8, 8], [1, 1]) as fc.Arbitrary<[number, number]>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), sizes, fc.nat(50), (n, [rows, blocks], seed) => {
        const key = ['k', seed, 3] as const
        const block = rows / blocks
        const whole = Math.floor(n / block)
        const runs = Array.from(
          { length: whole },
          (_, i) => keyedPermutation(whole, 'windowed 1 blocks', ...key)(i) * block,
        )
        if (n % block > 0) runs.splice(keyWords('windowed 1 short', ...key)[0]! % (whole + 1), 0, whole * block)
        const expected: number[] = []
        for (let window = 0; window * blocks < runs.length; window++) {
          const inside = runs
            .slice(window * blocks, (window + 1) * blocks)
            .flatMap((from) => Array.from({ length: Math.min(block, n - from) }, (_, i) => from + i))
          const order = keyedPermutation(inside.length, 'windowed 1', ...key, window)
          expected.push(...inside.map((_, i) => inside[order(i)]!))
        }
        const order = shuffleNamed(`windowed:${rows}/${blocks}`).order(n, { orderKey: 'k', seed, epoch: 3 })
        expect(Array.from({ length: n }, (_, i) => order(i))).toEqual(expected)
        const back = Array.from({ length: n }, (_, i) => n - 1 - i)
        expect(back.map(order)).toEqual(back.map((i) => expected[i]))
      }),
      { numRuns: 150 },
    )
  })

  test.each(['windowed:0', 'windowed:10/3', 'windowed:', 'full:8', 'windowed:8/0'])('%s is refused', async (name) => {
    expect((await faultOf(() => shuffleNamed(name))).code).toBe('MIMICIT_BAD_VALUE')
  })
})
