// Parts that are gathered on their way out: all of them, in order, and few writes.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gatherer } from '../../src/io/gather.js'

test('what comes out is what went in, in pieces no shorter than they must be', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(fc.nat(40), { maxLength: 20 }), { maxLength: 3 }), async (calls) => {
      const out: Buffer[] = []
      const gather = gatherer({ write: async (bytes) => void out.push(Buffer.from(bytes)) }, 16)
      let n = 0
      const given: Buffer[] = []
      for (const lengths of calls) {
        const shared = Buffer.alloc(40)
        const parts = function* () {
          for (const length of lengths) {
            // The same memory for each: a part may change when the next one is asked for.
            const part = shared.subarray(0, length).fill(n++ & 0xff)
            given.push(Buffer.from(part))
            yield part
          }
        }
        const before = out.length
        await gather.write(parts())
        const made = out.slice(before)
        // Two neighbours that fit into the memory would have been gathered.
        for (let i = 1; i < made.length; i++) expect(made[i - 1]!.byteLength + made[i]!.byteLength).toBeGreaterThan(16)
        for (const bytes of made) expect(bytes.byteLength).toBeGreaterThan(0)
      }
      expect(Buffer.compare(Buffer.concat(out), Buffer.concat(given))).toBe(0)
    }),
  )
})
