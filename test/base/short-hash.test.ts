// The hash of short texts is SHA-256, as node:crypto has it.
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isShort, shortHash } from '../../src/base/short-hash.js'

test('is the beginning of the SHA-256 of any short text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 149 }),
    // Around the ends of blocks.
    fc.integer({ min: 40, max: 149 }).map((length) => 'x'.repeat(length)),
    fc.integer({ min: 15, max: 49 }).map((length) => '\u20ac'.repeat(length)),
    // Half a surrogate pair is what Buffer makes of it.
    fc.string({ unit: fc.constantFrom('a', '\ud800', '\udc00'), maxLength: 149 }),
  )
  fc.assert(
    fc.property(text, (each) => {
      fc.pre(isShort(each))
      const digest = createHash('sha256').update(each, 'utf8').digest()
      expect(shortHash(each)).toEqual([digest.readUInt32BE(0), digest.readUInt32BE(4)])
    }),
    { numRuns: 500 },
  )
})
