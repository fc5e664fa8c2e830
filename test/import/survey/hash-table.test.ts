// The table of ids is a Map in less memory.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HashTable, textHash } from '../../../src/import/survey/hash-table.js'

describe('the hash table', () => {
  it('is a Map, whatever the keys and however it grows', () => {
    // Few different halves: keys that meet in the same slot and differ in one half only.
    const half = fc.oneof(fc.constantFrom(0, 1, 0x80000000, 0xffffffff), fc.nat(0xffffffff))
    const entry = fc.tuple(half, half, fc.nat(0xfffffffe))
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 400 }), fc.nat(100), (entries, expected) => {
        const table = new HashTable(expected)
        const map = new Map<string, number>()
        for (const [high, low, value] of entries) {
          expect(table.get(high, low)).toBe(map.get(`${high}:${low}`) ?? -1)
          table.set(high, low, value)
          map.set(`${high}:${low}`, value)
        }
        expect(table.size).toBe(map.size)
        for (const [high, low] of entries) expect(table.get(high, low)).toBe(map.get(`${high}:${low}`))
      }),
    )
  })

  it('takes 24 bytes a key at most', () => {
    const table = new HashTable()
    const count = 500_000
    for (let i = 0; i < count; i++) table.set(...textHash(`E4D_IMG_${i}`), i)
    expect(table.size).toBe(count)
    expect(table.bytes / count).toBeLessThan(24)
  })
})

describe('the hash of a text', () => {
  it('tells ids apart that differ in a digit, and spreads them', () => {
    const seen = new Set<string>()
    const buckets = new Uint32Array(64)
    for (let i = 0; i < 200_000; i++) {
      const [high, low] = textHash(`DC_IMG_v_N1c3C_Npr-E_${String(i).padStart(6, '0')}`)
      seen.add(`${high}:${low}`)
      buckets[high >>> 26]!++
    }
    expect(seen.size).toBe(200_000)
    // 3125 in each on average, with a spread of 56.
    for (const bucket of buckets) expect(Math.abs(bucket - 3125)).toBeLessThan(400)
  })
})
