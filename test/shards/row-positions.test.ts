// Rows of a context table by query: whatever the queries are, and in memory that follows them.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rowPositions } from '../../src/shards/row-positions.js'

test('gives each query the row it was added with first, and no other a row', () => {
  const query = fc.oneof(fc.nat(40), fc.nat(5000), fc.nat(2 ** 31 - 2))
  fc.assert(
    fc.property(fc.array(query, { maxLength: 300 }), fc.array(query), (added, asked) => {
      const positions = rowPositions(2 ** 31 - 1)
      const known = new Map<number, number>()
      for (const [row, one] of added.entries()) {
        expect(positions.add(one, row)).toBe(!known.has(one))
        if (!known.has(one)) known.set(one, row)
      }
      for (const one of [...added, ...asked]) expect(positions.of(one)).toBe(known.get(one))
    }),
  )
})

test('takes nothing for queries in order, however many', () => {
  const before = process.memoryUsage().arrayBuffers
  const positions = rowPositions(1_300_000)
  for (let query = 0; query < 1_200_000; query++) positions.add(query, query)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000)
  expect(positions.inOrder).toBe(1_200_000)
  expect(positions.add(7, 1_200_000)).toBe(false)
  // One that is not, and those that are again after it.
  expect(positions.add(1_200_005, 1_200_000)).toBe(true)
  expect(positions.add(1_200_001, 1_200_001)).toBe(true)
  expect([7, 1_200_005, 1_200_001, 1_200_000].map(positions.of)).toEqual([7, 1_200_000, 1_200_001, undefined])
  expect(positions.inOrder).toBe(1_200_000)
})

test('takes four bytes for each query that there may be, and little for one far away', () => {
  const most = 1_200_000
  const before = process.memoryUsage().arrayBuffers
  const positions = rowPositions(most)
  for (let query = 0; query < most; query++) positions.add(query ^ 1, query)
  // The array before the last may not have been freed yet.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(3 * 4 * most)
  expect(positions.of(most - 1)).toBe(most - 2)
  const far = rowPositions(2 ** 31 - 1)
  far.add(2 ** 31 - 2, 0)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(3 * 4 * most)
})
