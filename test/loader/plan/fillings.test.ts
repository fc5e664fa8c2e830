// How windows are filled by token counts: promises for any counts, and golden vectors.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type FillingName, fillings } from '../../../src/loader/plan/fillings.js'

interface GoldenFilling {
  readonly filling: FillingName
  readonly version: number
  readonly capacity: number
  readonly key: readonly (string | number)[]
  readonly tokens: readonly number[]
  readonly groups: readonly (readonly number[])[]
}
const golden = JSON.parse(readFileSync(new URL('../../../schema/golden-fillings.json', import.meta.url), 'utf8')) as {
  readonly fillings: readonly GoldenFilling[]
}
const fill = (name: FillingName, tokens: readonly number[], capacity: number, key: readonly (string | number)[] = []) =>
  fillings[name].fill(Int32Array.from(tokens), { capacity, key }).map((places) => Array.from(places))
const total = (tokens: readonly number[]) => tokens.reduce((sum, count) => sum + count, 0)

const counts = fc.array(fc.nat(100), { minLength: 1, maxLength: 120 })
const names = Object.keys(fillings) as FillingName[]

describe('fillings', () => {
  test.each(golden.fillings)('golden: $filling of $tokens.length samples into $capacity', (vector) => {
    expect(fillings[vector.filling].version).toBe(vector.version)
    expect(fill(vector.filling, vector.tokens, vector.capacity, vector.key)).toEqual(vector.groups)
  })

  test.each(names)('%s: every place in one group, none empty, the same again, another order by another key', (name) => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 100, max: 400 }), fc.string(), (tokens, capacity, key) => {
        const groups = fill(name, tokens, capacity, [key])
        expect(groups.every((places) => places.length > 0)).toBe(true)
        expect(groups.flat().sort((a, b) => a - b)).toEqual(tokens.map((_, i) => i))
        expect(fill(name, tokens, capacity, [key])).toEqual(groups)
        const other = fill(name, tokens, capacity, [key, 'other'])
        expect(other.map((places) => places.join()).sort()).toEqual(groups.map((places) => places.join()).sort())
      }),
      { numRuns: 100 },
    )
  })

  test('best-fit: no row is too long, no two could be one, and there are at most half as many again as must be', () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 100, max: 400 }), (tokens, capacity) => {
        const rows = fill('best-fit', tokens, capacity)
        const sums = rows.map((places) => total(places.map((place) => tokens[place]!)))
        for (const sum of sums) expect(sum).toBeLessThanOrEqual(capacity)
        const rising = [...sums].sort((a, b) => a - b)
        if (rising.length > 1) expect(rising[0]! + rising[1]!).toBeGreaterThan(capacity)
        expect(rows.length).toBeLessThanOrEqual(Math.ceil((1.5 * total(tokens)) / capacity) + 1)
        for (const places of rows) expect(places).toEqual([...places].sort((a, b) => a - b))
      }),
      { numRuns: 200 },
    )
  })

  test('best-fit is what it says, sample by sample', () => {
    fc.assert(
      fc.property(counts, (tokens) => {
        const rows: { places: number[]; room: number }[] = []
        const order = tokens.map((_, i) => i).sort((a, b) => tokens[b]! - tokens[a]! || a - b)
        for (const place of order) {
          const fitting = rows.filter(({ room }) => room >= tokens[place]!)
          const best = fitting.reduce<(typeof rows)[number] | undefined>(
            (found, row) => (found === undefined || row.room < found.room ? row : found),
            undefined,
          )
          const row = best ?? { places: [], room: 100 }
          if (best === undefined) rows.push(row)
          row.places.push(place)
          row.room -= tokens[place]!
        }
        const plain = rows.map(({ places }) => places.sort((a, b) => a - b).join())
        expect(
          fill('best-fit', tokens, 100)
            .map((places) => places.join())
            .sort(),
        ).toEqual(plain.sort())
      }),
      { numRuns: 100 },
    )
  })

  test('by-length: steps are within the budget with their padding, and of lengths that no other step lies between', () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 100, max: 900 }), (tokens, capacity) => {
        const steps = fill('by-length', tokens, capacity).map((places) => places.map((place) => tokens[place]!))
        for (const lengths of steps) {
          expect(lengths.length * Math.max(1, ...lengths)).toBeLessThanOrEqual(capacity)
          expect(lengths).toEqual([...lengths].sort((a, b) => a - b))
        }
        const byShortest = [...steps].sort((a, b) => a[0]! - b[0]! || a.at(-1)! - b.at(-1)!)
        expect(byShortest.flat()).toEqual([...tokens].sort((a, b) => a - b))
      }),
      { numRuns: 200 },
    )
  })
})
