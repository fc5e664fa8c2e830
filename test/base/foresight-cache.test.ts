// A cache that knows what will be used: never worse than any other choice, and an ordinary one where it knows nothing.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ForesightCache } from '../../src/base/foresight-cache.js'
import { LruCache } from '../../src/base/lru.js'

const uses = fc.array(fc.nat(5), { maxLength: 12 })

/** Things that have to be made: those that are not kept when they are used. */
function made(things: readonly number[], size: number, next: (at: number) => number): number {
  const cache = new ForesightCache<number, true>(size)
  let count = 0
  for (const [at, thing] of things.entries()) {
    if (cache.get(thing, next(at)) === undefined) {
      count++
      cache.set(thing, true, 1, next(at))
    }
    cache.passed(at)
    expect(cache.bytes).toBeLessThanOrEqual(size)
  }
  return count
}

/** The fewest that can be, whatever is kept after each use. */
function fewest(things: readonly number[], size: number, kept: readonly number[] = []): number {
  const [thing, ...rest] = things
  if (thing === undefined) return 0
  const cost = kept.includes(thing) ? 0 : 1
  const held = [...new Set([...kept, thing])]
  if (held.length <= size) return cost + fewest(rest, size, held)
  return (
    cost +
    Math.min(
      ...held.map((gone) =>
        fewest(
          rest,
          size,
          held.filter((one) => one !== gone),
        ),
      ),
    )
  )
}

test('with every use known, as few things are made as can be', () => {
  fc.assert(
    fc.property(uses, fc.integer({ min: 0, max: 4 }), (things, size) => {
      const next = (at: number) => {
        const found = things.indexOf(things[at]!, at + 1)
        return found < 0 ? Number.POSITIVE_INFINITY : found
      }
      expect(made(things, size, next)).toBe(fewest(things, size))
    }),
    { numRuns: 60 },
  )
})

test('with nothing known it forgets what was used longest ago', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(8), { maxLength: 200 }), fc.integer({ min: 0, max: 9 }), (things, size) => {
      const cache = new LruCache<number, true>(size)
      let count = 0
      for (const thing of things) {
        if (cache.get(thing) !== undefined) continue
        count++
        cache.set(thing, true, 1)
      }
      expect(made(things, size, () => Number.POSITIVE_INFINITY)).toBe(count)
    }),
  )
})

test('what was expected and did not come is forgotten before what is still expected', () => {
  const cache = new ForesightCache<string, number>(2)
  cache.set('substituted', 1, 1, 3)
  cache.set('wanted', 2, 1, 9)
  cache.passed(3)
  cache.set('new', 3, 1, 5)
  expect([cache.get('substituted'), cache.get('wanted', 9), cache.get('new', 5)]).toEqual([undefined, 2, 3])
  cache.clear()
  expect([cache.bytes, cache.get('wanted')]).toEqual([0, undefined])
})

test('a step that asks late does not make a thing look needed sooner than it is', () => {
  const cache = new ForesightCache<string, number>(1)
  cache.set('a', 1, 1, 2)
  cache.get('a', 8)
  cache.get('a', 4)
  // Needed at 8, not at 4: what is needed at 6 comes before it.
  cache.set('b', 2, 1, 6)
  expect([cache.get('a'), cache.get('b', 6)]).toEqual([undefined, 2])
})

test('what is larger than all of it is not kept', () => {
  const cache = new ForesightCache<string, number>(3)
  cache.set('large', 1, 4, 1)
  expect([cache.get('large', 1), cache.bytes]).toEqual([undefined, 0])
})

test('what it holds no longer is told, once each, whether it was ever kept or not', () => {
  const move = fc.record({ key: fc.nat(4), bytes: fc.integer({ min: 1, max: 4 }), next: fc.nat(9), clear: fc.nat(20) })
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
      const forgotten: number[] = []
      const cache = new ForesightCache<number, number>(6, (value) => forgotten.push(value))
      moves.forEach(({ key, bytes, next, clear }, value) => {
        cache.set(key, value, bytes, next)
        if (clear === 0) cache.clear()
        const held = [0, 1, 2, 3, 4].map((one) => cache.get(one)).filter((one) => one !== undefined)
        expect([...held, ...forgotten].sort((a, b) => a - b)).toEqual(Array.from({ length: value + 1 }, (_, i) => i))
      })
    }),
  )
})
