// Ids collected for an index: more than stay in memory come out as they would have.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { collectIds } from '../../src/shards/ids-index.js'
import { tempDir } from '../support/temp-dir.js'

describe('collected ids', () => {
  it('are sorted in the same way in memory and on the disk', () => {
    const [near, far] = [collectIds(), collectIds(tempDir(), 10_000)]
    for (let i = 0; i < 45_000; i++) {
      // Some ids come again, with other rows.
      const id = `E4D_INS_${i % 40_000}`
      near.add(id, i)
      far.add(id, i)
    }
    const expected = Buffer.concat([...near.records()])
    expect(expected.byteLength).toBe(12 * 45_000)
    expect(Buffer.concat([...far.records()]).equals(expected)).toBe(true)
  })

  it('are in order where many hashes begin with the same bits, or are the same', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(7, 0x7fffffff, 0xffff0000, 0xffff0001), fc.nat(3), fc.nat(9)), {
          maxLength: 400,
        }),
        (ids) => {
          const collector = collectIds()
          for (const [high, low, row] of ids) collector.addHashes(Uint32Array.of(high, low), row)
          const expected = ids
            .toSorted((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2])
            .map(([high, low, row]) => {
              const record = Buffer.alloc(12)
              record.writeUInt32BE(high, 0)
              record.writeUInt32BE(low, 4)
              record.writeUInt32LE(row, 8)
              return record
            })
          expect(Buffer.concat([...collector.records()]).equals(Buffer.concat(expected))).toBe(true)
        },
      ),
      { numRuns: 50 },
    )
  })

  it.each([0, 7, 9_000, 40_000, 45_000])(
    'are the same when %i of them were closed early, and whatever their rows',
    (count) => {
      const [open, closed] = [collectIds(), collectIds(tempDir(), 20_000)]
      for (let i = 0; i < count; i++) {
        // As pictures with several ids have them, and as nobody does.
        const row = i % 11 === 0 ? count - i : i
        open.add(`LA_IMG_${i}`, row)
        closed.add(`LA_IMG_${i}`, row)
      }
      closed.close()
      closed.close()
      expect(Buffer.concat([...closed.records()]).equals(Buffer.concat([...open.records()]))).toBe(true)
    },
  )
})
