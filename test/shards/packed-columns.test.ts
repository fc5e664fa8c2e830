// Row groups whose columns are packed, against the general writer of hyparquet-writer: the same bytes, the same footer.
import fc from 'fast-check'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { beforeAll, expect, test } from 'vitest'
import { loadZstd, type Zstd } from '../../src/io/zstd.js'
import { columnBuilder } from '../../src/shards/column-builder.js'
import { type PackedColumn, unpacked } from '../../src/shards/packed-column.js'
import { encodeGroup } from '../../src/shards/parquet-group.js'
import { parquetSchema } from '../../src/shards/parquet-schema.js'
import type { Column, ColumnKind, TableSchema } from '../../src/shards/table-schema.js'

let zstd: Zstd
beforeAll(async () => {
  zstd = await loadZstd()
})

/** What hyparquet-writer makes of a table whose columns are values. */
function byGeneralWriter(table: TableSchema, columns: Readonly<Record<string, readonly unknown[]>>) {
  const buffer = new ByteWriter()
  const writer = new ParquetWriter({
    writer: buffer,
    schema: parquetSchema(table),
    codec: 'ZSTD',
    compressors: { ZSTD: (bytes) => zstd.compress(bytes) },
  })
  const rows = Object.values(columns)[0]!.length
  writer.write({
    columnData: table.columns.map(({ name, prose }) => ({
      name,
      data: columns[name] as unknown[],
      ...(prose ? { statistics: false } : {}),
    })),
    rowGroupSize: rows,
    pageSize: table.columns.some(({ prose }) => prose) ? 1 << 17 : 1 << 14,
  })
  // Behind the magic bytes, and with places that count from there.
  return { bytes: buffer.getBytes().slice(4), footer: movedBack(writer.row_groups[0]!, 4n) }
}

/** A footer with every place in the file moved; fields that are not there are left out. */
const movedBack = (footer: object, by: bigint) =>
  JSON.parse(
    JSON.stringify(footer, (name, value: unknown) => {
      if (typeof value !== 'bigint') return value
      return String(/offset$/.test(name) ? value - by : value)
    }),
  ) as object

function pack(table: TableSchema, columns: Readonly<Record<string, readonly unknown[]>>) {
  const values: Record<string, readonly unknown[]> = {}
  const packed: Record<string, PackedColumn> = {}
  for (const column of table.columns) {
    const builder = columnBuilder(column)
    for (const value of columns[column.name]!) builder.push(value)
    const taken = builder.take()
    if ('kind' in taken) packed[column.name] = taken
    else values[column.name] = taken
    expect(builder.take()).toEqual(column.kind === 'list<int32>' && !column.nullable ? NO_LISTS : [])
  }
  return { values, packed }
}
const NO_LISTS = { kind: 'lists', lists: { lengths: new Uint32Array(0), numbers: new Int32Array(0) } }

const text = fc.oneof(fc.constantFrom('', 'en', 'none', 'images'), fc.string({ unit: 'grapheme', maxLength: 12 }))
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const valueIn: Readonly<Record<Exclude<ColumnKind, 'bytes' | 'image'>, fc.Arbitrary<unknown>>> = {
  string: text,
  int32,
  float64: fc.double({ noNaN: true }),
  'list<string>': fc.array(text, { maxLength: 3 }),
  'list<int32>': fc.array(int32, { maxLength: 3 }),
  'list<float32>': fc.array(fc.float({ noNaN: true }), { maxLength: 3 }),
  'list<float64>': fc.array(fc.double({ noNaN: true }), { maxLength: 3 }),
}
const kinds = Object.keys(valueIn) as (keyof typeof valueIn)[]

/** A column and its values: one for all rows, a few, or any. */
const columnOf = (rows: number) =>
  fc
    .record({ kind: fc.constantFrom(...kinds), nullable: fc.boolean(), prose: fc.boolean() })
    .chain(({ kind, nullable, prose }) => {
      const value = nullable ? fc.option(valueIn[kind], { freq: 2 }) : valueIn[kind]
      const any = fc.array(value, { minLength: rows, maxLength: rows })
      const few = fc
        .tuple(
          fc.array(value, { minLength: 1, maxLength: 3 }),
          fc.array(fc.nat(), { minLength: rows, maxLength: rows }),
        )
        .map(([some, picks]) => picks.map((pick) => some[pick % some.length]))
      const every = fc.oneof(value, fc.constant(nullable ? null : undefined)).chain((one) => {
        const same = one === undefined ? value : fc.constant(one)
        return same.map((each) => Array<unknown>(rows).fill(each))
      })
      const values = fc.oneof(any, few, every)
      return values.map((made) => ({ column: { kind, nullable, ...(prose && { prose }) }, values: made }))
    })

const tableOf = fc
  .oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 13, max: 90 }))
  .chain((rows) => fc.array(columnOf(rows), { minLength: 1, maxLength: 6 }).map((columns) => ({ rows, columns })))

test('columns are written as the general writer writes their values, whatever they are', async () => {
  await fc.assert(
    fc.asyncProperty(tableOf, async ({ rows, columns: made }) => {
      const named = made.map(({ column }, i) => ({ ...column, name: `c${i}` }) as Column)
      const table: TableSchema = { name: 'some', columns: named }
      const columns = Object.fromEntries(made.map(({ values }, i) => [`c${i}`, values]))
      const expected = byGeneralWriter(table, columns)
      const { values, packed } = pack(table, columns)
      expect({ ...values, ...unpacked(packed, rows) }).toEqual(columns)
      const group = await encodeGroup(table, undefined, rows, values, packed)
      expect(Buffer.compare(group.bytes, expected.bytes)).toBe(0)
      expect(movedBack(group.footer, 0n)).toEqual(expected.footer)
    }),
    { numRuns: 300 },
  )
})

test('a column that is the same in many rows has the bytes of its values', async () => {
  for (const rows of [7, 8, 127, 128, 9_000, 16_384, 70_000]) {
    for (const [kind, nullable, value] of [
      ['string', false, 'LA'],
      ['string', true, 'LA'],
      ['string', true, null],
      ['string', false, ''],
      ['list<int32>', false, []],
      ['list<float64>', true, null],
      ['list<string>', true, []],
      ['float64', true, null],
      ['int32', false, 7],
    ] as const) {
      const table: TableSchema = { name: 'some', columns: [{ name: 'c', kind, nullable }] }
      const columns = { c: Array<unknown>(rows).fill(value) }
      const expected = byGeneralWriter(table, columns)
      const group = await encodeGroup(table, undefined, rows, {}, { c: { kind: 'same', value } })
      expect(Buffer.compare(group.bytes, expected.bytes), `${kind} ${value}`).toBe(0)
      expect(movedBack(group.footer, 0n)).toEqual(expected.footer)
    }
  }
})

test('a list of something else than numbers of 32 bits is refused', () => {
  for (const wrong of [2 ** 31, 0.5, Number.NaN, undefined, 'one']) {
    const builder = columnBuilder({ name: 'c', kind: 'list<int32>', nullable: false })
    expect(() => builder.push([wrong])).toThrow(/a number of 32 bits/)
  }
})

test('numbers that fill several pages have the bytes of the general writer, with a dictionary or without', async () => {
  // Few different numbers get a dictionary; lists may be empty, and a page begins with a row.
  const numbers = fc.tuple(fc.constantFrom(3, 50, 2 ** 20), fc.integer({ min: 3_000, max: 40_000 }), fc.nat())
  const lists = fc.tuple(numbers, fc.constantFrom(0, 1, 3, 5_000))
  await fc.assert(
    fc.asyncProperty(lists, fc.boolean(), async ([[different, rows, seed], longest], areLists) => {
      const number = (i: number) => (Math.imul(i + seed, 0x9e3779b1) >>> 4) % different
      let at = 0
      const list = (row: number) =>
        Array.from({ length: longest > 5 && row % 500 > 0 ? 1 : number(row) % (longest + 1) }, () => number(at++) - 7)
      const column: Column = { name: 'c', kind: areLists ? 'list<int32>' : 'int32', nullable: false }
      const columns = { c: Array.from({ length: rows }, (_, i) => (areLists ? list(i) : number(i) - 7)) }
      const table: TableSchema = { name: 'some', columns: [column] }
      const expected = byGeneralWriter(table, columns)
      const { values, packed } = pack(table, columns)
      const group = await encodeGroup(table, undefined, rows, values, packed)
      expect(Buffer.compare(group.bytes, expected.bytes)).toBe(0)
      expect(movedBack(group.footer, 0n)).toEqual(expected.footer)
    }),
    { numRuns: 40 },
  )
})
