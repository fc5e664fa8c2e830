// The orders of an epoch: permutations that belong to a key.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyedPermutation } from '../../../src/loader/plan/permutation.js'
import { shuffles } from '../../../src/loader/plan/shuffles.js'

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
    const shuffle = shuffles[vector.shuffle]!
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
        fc.constantFrom(...Object.keys(shuffles)),
        (n, orderKey, name) => {
          const order = shuffles[name]!.order(n, orderKey)
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
})
