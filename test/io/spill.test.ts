// A spill gives back what it was given, in any order of asking.
import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { namelessSpill } from '../../src/io/spill.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()

describe('a spill', () => {
  it('gives any bytes back, in order, at random, and between further additions', () => {
    const piece = fc.uint8Array({ maxLength: 3000 })
    const step = fc.oneof(fc.record({ add: piece }), fc.record({ from: fc.nat(), length: fc.nat(5000) }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const spill = namelessSpill(root)
        let all = Buffer.alloc(0)
        for (const each of steps) {
          if ('add' in each) {
            const given = Buffer.from(each.add)
            expect(spill.add(given)).toBe(all.byteLength)
            all = Buffer.concat([all, given])
            // Whoever gave them goes on using them.
            given.fill(0)
          } else {
            const from = all.byteLength === 0 ? 0 : each.from % all.byteLength
            const length = Math.min(each.length, all.byteLength - from)
            expect(spill.read(from, length).equals(all.subarray(from, from + length))).toBe(true)
          }
        }
        expect(Buffer.concat([...spill.all()]).equals(all)).toBe(true)
        spill.close()
      }),
    )
    expect(readdirSync(root)).toEqual([])
  })
})
