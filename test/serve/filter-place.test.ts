// A filter as a part of an address, and back.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Filter } from '../../src/serve/wire.js'
import { filterOf, withFilter } from '../../viewer/src/data/filter-place.js'

const text = fc.string({ minLength: 1, maxLength: 20 })
const count = fc.nat({ max: 999_999_999 })
const filters: fc.Arbitrary<Filter> = fc.record(
  {
    ...{ text, id: text, subset: text, language: text, split: text, context: text },
    ...{ minPictures: count, maxPictures: count, minContexts: count, maxContexts: count },
  },
  { requiredKeys: [] },
)

it('comes back as it was, and leaves all else alone', () => {
  fc.assert(
    fc.property(filters, filters, (before, after) => {
      const others = { context: 'near', step: '3' }
      const params = withFilter(withFilter(others, before), after)
      expect(params).toMatchObject(others)
      // Through an address, as the page does it.
      const read = Object.fromEntries(new URLSearchParams(new URLSearchParams(params).toString()))
      expect(filterOf(read)).toEqual(after)
      expect(withFilter(params, {})).toEqual(others)
    }),
  )
})

it('leaves out what is no filter', () => {
  expect(filterOf({ text: '', minPictures: '-1', maxPictures: '1.5', minContexts: 'x', other: 'y' })).toEqual({})
})
