// Mixing: shares that hold over any stretch of a stream, and sources that are gone through whole.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apportioned } from '../../../src/loader/plan/apportion.js'
import { type DrawPlan, drawsOf } from '../../../src/loader/plan/draws.js'
import { shuffleNamed } from '../../../src/loader/plan/shuffles.js'

const weights = fc.array(fc.oneof(fc.integer({ min: 1, max: 50 }), fc.double({ min: 0.001, max: 1, noNaN: true })), {
  minLength: 1,
  maxLength: 6,
})
const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)

describe('apportioning', () => {
  test('gives every draw to somebody, takes none back, and follows the weights', () => {
    fc.assert(
      fc.property(weights, fc.nat(300), (given, total) => {
        const now = apportioned(total, given)
        const next = apportioned(total + 1, given)
        expect(sum(now)).toBe(total)
        expect(next.every((count, s) => count >= now[s]!)).toBe(true)
        for (const [s, count] of now.entries()) {
          expect(Math.abs(count - (total * given[s]!) / sum(given))).toBeLessThan(given.length)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('gives exact shares where they are whole numbers, however far into the stream', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 3e6 }), { minLength: 1, maxLength: 8 }),
        fc.nat(1e6),
        (counts, n) => {
          expect(apportioned(sum(counts) * n, counts)).toEqual(counts.map((count) => count * n))
        },
      ),
    )
  })
})

describe('a mixture', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 4 })
  const planOf = (counts: readonly number[], change: Partial<DrawPlan> = {}): DrawPlan => ({
    sources: counts.map((samples, i) => ({
      samples,
      orderKey: `k${i % 2}`,
      shuffle: shuffleNamed('windowed:8'),
      rowOf: (sample) => 1000 * i + sample,
    })),
    weights: counts,
    samples: sum(counts),
    seed: 5,
    mixing: 'stratified',
    batchSize: 4,
    ...change,
  })
  const mixing = fc.constantFrom('stratified' as const, 'random' as const)

  test('of whole sources is a permutation of all of them in each epoch, and any position can be asked for alone', () => {
    fc.assert(
      fc.property(sizes, mixing, fc.nat(5), (counts, how, epoch) => {
        const plan = planOf(counts, { mixing: how })
        const draws = drawsOf(plan)
        const all = Array.from({ length: plan.samples }, (_, i) => draws.sampleAt(epoch, i))
        const expected = counts.flatMap((count, i) => Array.from({ length: count }, (_, row) => 1000 * i + row))
        expect(all.map(({ row }) => row).sort((a, b) => a - b)).toEqual(expected)
        const fresh = drawsOf(plan)
        for (const one of [...all].reverse()) expect(fresh.sampleAt(epoch, one.position)).toEqual(one)
      }),
      { numRuns: 100 },
    )
  })

  test('by weights gives each its share, and goes through each whole before it comes round again', () => {
    fc.assert(
      fc.property(sizes, weights, mixing, (counts, given, how) => {
        const shares = counts.map((_, i) => given[i % given.length]!)
        const plan = planOf(counts, { weights: shares, mixing: how, samples: 50 })
        const draws = drawsOf(plan)
        const epochs = 6
        const all = Array.from({ length: epochs * 50 }, (_, i) => draws.sampleAt(Math.floor(i / 50), i % 50))
        for (const [source, count] of counts.entries()) {
          const own = all.filter((one) => one.source === source).map(({ row }) => row)
          expect(Math.abs(own.length - (all.length * shares[source]!) / sum(shares))).toBeLessThan(counts.length)
          for (let from = 0; from + count <= own.length; from += count) {
            expect(new Set(own.slice(from, from + count)).size).toBe(count)
          }
        }
      }),
      { numRuns: 100 },
    )
  })

  test('stratified has the shares in every batch, random only over many', () => {
    const shares = { weights: [3, 1], samples: 4096, batchSize: 8 }
    const perBatch = (how: DrawPlan['mixing']) => {
      const draws = drawsOf(planOf([900, 300], { ...shares, mixing: how }))
      return Array.from(
        { length: 128 },
        (_, batch) =>
          Array.from({ length: 8 }, (_, i) => draws.sampleAt(0, batch * 8 + i)).filter(({ source }) => source === 1)
            .length,
      )
    }
    expect(new Set(perBatch('stratified'))).toEqual(new Set([2]))
    const random = perBatch('random')
    expect(sum(random)).toBe(256)
    expect(new Set(random).size).toBeGreaterThan(3)
  })

  test('two sources of one data set have orders of their own', () => {
    const one = { samples: 30, orderKey: 'k', shuffle: shuffleNamed('full'), rowOf: (sample: number) => sample }
    const draws = drawsOf(planOf([30, 30], { sources: [one, one] }))
    const all = Array.from({ length: 60 }, (_, i) => draws.sampleAt(0, i))
    const rowsOf = (source: number) => all.filter((sample) => sample.source === source).map(({ row }) => row)
    expect(rowsOf(0)).not.toEqual(rowsOf(1))
  })

  test('a reserve is of the same source and place, and another one for each attempt, seed and position', () => {
    const draws = drawsOf(planOf([40, 40]))
    const sample = draws.sampleAt(1, 7)
    const reserves = Array.from({ length: 8 }, (_, attempt) => draws.reserveOf(sample, attempt))
    for (const { row, ...place } of reserves) {
      expect(place).toEqual({ epoch: 1, position: 7, source: sample.source })
      expect(Math.floor(row / 1000)).toBe(sample.source)
    }
    expect(new Set(reserves.map(({ row }) => row)).size).toBeGreaterThan(4)
    expect(reserves).toEqual(Array.from({ length: 8 }, (_, n) => drawsOf(planOf([40, 40])).reserveOf(sample, n)))
  })
})
