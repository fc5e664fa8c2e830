import fc from 'fast-check'
import { expect, test } from 'vitest'
import { groupRows } from '../../src/context/groups.js'

test('rows with the same key stand together, in their order, groups by their first rows', () => {
  const keys = fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant(Number.NaN)), { maxLength: 40 })
  fc.assert(
    fc.property(keys, (given) => {
      const groups = groupRows(Float64Array.from(given))
      const expected = new Map<number, number[]>()
      for (const [row, key] of given.entries()) {
        if (!Number.isNaN(key)) expected.set(key, [...(expected.get(key) ?? []), row])
      }
      const all = Array.from({ length: groups.size }, (_, group) => [...groups.rows(group)])
      expect(all).toEqual([...expected.values()])
      for (const [group, rows] of all.entries()) for (const row of rows) expect(groups.of[row]).toBe(group)
      for (const [row, key] of given.entries()) if (Number.isNaN(key)) expect(groups.of[row]).toBe(-1)
    }),
  )
})
