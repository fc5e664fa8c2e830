// Memory that goes round between the thread that fills columns and the one that reads them.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnBuilder } from '../../src/shards/column-builder.js'
import { createColumnMemory } from '../../src/shards/column-memory.js'
import { givePacked, type PackedColumn } from '../../src/shards/packed-column.js'
import type { TextPlace } from '../../src/shards/text-place.js'

test('memory is taken again once it was given, and one that has become too small makes room for a larger one', () => {
  const memory = createColumnMemory()
  const [small, large] = [memory.take(10), memory.take(100)]
  expect([small.byteLength, large.byteLength]).toEqual([10, 100])
  memory.give(large)
  memory.give(small)
  expect(memory.take(8)).toBe(small)
  expect(memory.take(8)).toBe(large)
  memory.give(small)
  expect(memory.take(11).byteLength).toBe(11)
  expect(memory.take(1)).not.toBe(small)
})

const place = (n: number): TextPlace => ({
  path: `file ${n % 3}`,
  offset: n * 2 ** 20,
  byteLength: n,
  units: n,
  isPlain: n % 2 === 0,
})

const spansOf = (places: readonly TextPlace[]) => ({
  offsets: Float64Array.from(places, ({ offset }) => offset),
  lengths: Uint32Array.from(places, ({ byteLength }) => byteLength),
  units: Uint32Array.from(places, ({ units }) => units),
  isPlain: Uint8Array.from(places, ({ isPlain }) => Number(isPlain)),
})

const offsetsOf = (packed: PackedColumn) =>
  packed.kind === 'texts'
    ? [...packed.texts.offsets]
    : packed.kind === 'text-lists'
      ? [...packed.lists.texts.offsets]
      : []

test('columns that are still read keep what is in them while others are filled, however large they are', () => {
  const column = fc.record({ isList: fc.boolean(), rows: fc.integer({ min: 1, max: 3000 }) })
  fc.assert(
    fc.property(fc.array(column, { minLength: 1, maxLength: 20 }), fc.nat(3), (columns, ahead) => {
      const memory = createColumnMemory()
      const texts = columnBuilder({ name: 'a', kind: 'string', nullable: false }, memory)
      const lists = columnBuilder({ name: 'b', kind: 'list<string>', nullable: false }, memory)
      const underWay: { packed: PackedColumn; expected: number[] }[] = []
      const check = () => {
        const { packed, expected } = underWay.shift()!
        expect(offsetsOf(packed)).toEqual(expected)
        givePacked({ packed }, memory)
      }
      let n = 1
      for (const { isList, rows } of columns) {
        const places = Array.from({ length: rows }, () => place(n++))
        if (isList) lists.pushPlacedLists('file', spansOf(places), Uint32Array.of(rows), 0, 1)
        else for (const each of places) texts.push(each)
        const packed = (isList ? lists : texts).take() as PackedColumn
        underWay.push({ packed, expected: places.map(({ offset }) => offset) })
        if (underWay.length > ahead) check()
      }
      while (underWay.length > 0) check()
    }),
    { numRuns: 40 },
  )
})
