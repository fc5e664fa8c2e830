// Record batches of any columns, read back by an implementation that is not the one that wrote them.
import { tableFromIPC } from 'apache-arrow'
import fc from 'fast-check'
import { Table as WasmTable } from 'parquet-wasm'
import { expect, test } from 'vitest'
import { type ArrowColumn, encodeRecordBatch } from '../../../src/shards/arrow/record-batch.js'

const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const column = (rows: number): fc.Arbitrary<ArrowColumn> => {
  const numbers = <T extends Int32Array | Float32Array | Uint8Array>(of: (values: number[]) => T) =>
    fc
      .nat(9)
      .chain((width) =>
        fc
          .array(fc.nat(255), { minLength: rows * width, maxLength: rows * width })
          .map((values): ArrowColumn => ({ kind: 'numbers', values: of(values) })),
      )
  const rowsOf = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: rows, maxLength: rows })
  return fc.oneof(
    numbers((values) => Int32Array.from(values, (value) => value - 100)),
    numbers((values) => Float32Array.from(values, (value) => value / 3)),
    numbers((values) => Uint8Array.from(values)),
    rowsOf(text).map((values): ArrowColumn => ({ kind: 'texts', values })),
    rowsOf(fc.array(text, { maxLength: 3 })).map((values): ArrowColumn => ({ kind: 'text-lists', values })),
  )
}
const batch = fc.integer({ min: 1, max: 7 }).chain((rows) =>
  fc.record({
    rows: fc.constant(rows),
    columns: fc.dictionary(fc.stringMatching(/^[a-z_]{1,12}$/), column(rows), { minKeys: 1, maxKeys: 8 }),
    metadata: fc.dictionary(fc.stringMatching(/^[a-z_]{1,12}$/), text, { maxKeys: 4 }),
  }),
)

/** What a reader has to see of a column. */
function valuesOf(column: ArrowColumn, rows: number): unknown[] {
  if (column.kind !== 'numbers') return column.values.map((value) => (typeof value === 'string' ? value : [...value]))
  const width = column.values.length / rows
  return Array.from({ length: rows }, (_, row) => [...column.values.subarray(row * width, (row + 1) * width)])
}

test('are read as they were written, by two readers', () => {
  fc.assert(
    fc.property(batch, ({ rows, columns, metadata }) => {
      const bytes = Buffer.concat(encodeRecordBatch({ rows, columns, metadata }))
      for (const table of [tableFromIPC(bytes), tableFromIPC(WasmTable.fromIPCStream(bytes).intoIPCStream())]) {
        expect(table.numRows).toBe(rows)
        expect(Object.fromEntries(table.schema.metadata)).toEqual(metadata)
        expect(table.schema.fields.map(({ name }) => name)).toEqual(Object.keys(columns))
        for (const [name, column] of Object.entries(columns)) {
          const found = [...table.getChild(name)!].map((value) => (typeof value === 'string' ? value : [...value]))
          expect(found).toEqual(valuesOf(column, rows))
        }
      }
    }),
    { numRuns: 60 },
  )
})

test('hold the arrays that were given, each from a multiple of 64 bytes of the body on', () => {
  const pixels = new Uint8Array(2 * 150)
  const labels = new Int32Array(2 * 3)
  const parts = encodeRecordBatch({
    rows: 2,
    columns: { labels: { kind: 'numbers', values: labels }, pixels: { kind: 'numbers', values: pixels } },
    metadata: {},
  })
  const places = [labels, pixels].map(({ buffer }) => parts.findIndex((part) => part.buffer === buffer))
  const offsets = places.map((at) => parts.slice(2, at).reduce((sum, { byteLength }) => sum + byteLength, 0))
  expect(offsets).toEqual([0, 64])
  expect(parts.slice(0, 2).map(({ byteLength }) => byteLength % 8)).toEqual([0, 0])
})

test('halves of a character at the ends of neighbouring texts stay apart', () => {
  const values = ['a\ud83d', '\ude00b', 'c']
  const bytes = Buffer.concat(encodeRecordBatch({ rows: 3, columns: { id: { kind: 'texts', values } }, metadata: {} }))
  expect([...tableFromIPC(bytes).getChild('id')!]).toEqual(['a\ufffd', '\ufffdb', 'c'])
})
