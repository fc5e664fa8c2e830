import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LruCache } from '../../src/base/lru.js'

test('forgets what was not used for longest', () => {
  const cache = new LruCache<string, number>(3)
  for (const [n, key] of ['a', 'b', 'c'].entries()) cache.set(key, n, 1)
  cache.get('a')
  cache.set('d', 3, 1)
  expect(['a', 'b', 'c', 'd'].map((key) => cache.get(key))).toEqual([0, undefined, 2, 3])
})

test('a value above the limit is not kept and displaces nothing but its own old value', () => {
  const cache = new LruCache<string, number>(3)
  cache.set('a', 1, 2)
  cache.set('b', 2, 4)
  expect([cache.get('a'), cache.get('b'), cache.bytes]).toEqual([1, undefined, 2])
  cache.set('a', 3, 4)
  expect([cache.get('a'), cache.bytes]).toEqual([undefined, 0])
  const nothing = new LruCache<string, number>(0)
  nothing.set('a', 1, 1)
  expect(nothing.get('a')).toBeUndefined()
})

test('never holds more than its limit, and gives what was set last', () => {
  const step = fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 6 }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const cache = new LruCache<number, number>(10)
      const sizes = new Map<number, number>()
      steps.forEach(([key, bytes], n) => {
        cache.set(key, n, bytes)
        sizes.set(key, bytes)
        expect(cache.get(key)).toBe(n)
        const held = [...sizes].filter(([other]) => cache.get(other) !== undefined)
        expect(cache.bytes).toBe(held.reduce((sum, [, size]) => sum + size, 0))
        expect(cache.bytes).toBeLessThanOrEqual(10)
      })
      cache.clear()
      expect(cache.bytes).toBe(0)
    }),
    { numRuns: 50 },
  )
})
