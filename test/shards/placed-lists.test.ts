// Lists of texts that lie in files: the bytes and the footer that the general writer makes of the lists as values.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnBuilder } from '../../src/shards/column-builder.js'
import { type PackedColumn, unpacked } from '../../src/shards/packed-column.js'
import { encodeGroup } from '../../src/shards/parquet-group.js'
import type { PlacedSpans } from '../../src/shards/placed-texts.js'
import type { TableSchema } from '../../src/shards/table-schema.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const COLUMN = { name: 'names', kind: 'list<string>', nullable: false } as const
const TABLE: TableSchema = { name: 'some', columns: [COLUMN] }

let files = 0
/** Lists as places in a file of their texts. */
function placed(lists: readonly (readonly string[])[]) {
  const texts = lists.flat()
  const path = join(dir, `lists-${files++}.json`)
  const spans = {
    offsets: new Float64Array(texts.length),
    lengths: new Uint32Array(texts.length),
    units: Uint32Array.from(texts, ({ length }) => length),
    isPlain: new Uint8Array(texts.length),
  } satisfies PlacedSpans
  let at = 0
  const parts = texts.map((text, i) => {
    const json = JSON.stringify(text)
    const bytes = Buffer.from(`${json}, `)
    spans.offsets[i] = at + 1
    spans.lengths[i] = bytes.byteLength - 4
    spans.isPlain[i] = json.includes('\\') ? 0 : 1
    at += bytes.byteLength
    return bytes
  })
  writeFileSync(path, Buffer.concat(parts))
  return { path, spans, lengths: Uint32Array.from(lists, ({ length }) => length) }
}

/** @param atHand how many of the lists in front are pushed as values, and as many at the end */
async function encoded(lists: readonly (readonly string[])[], atHand: number) {
  const builder = columnBuilder(COLUMN)
  const { path, spans, lengths } = placed(lists)
  const from = Math.min(atHand, lists.length)
  const to = Math.max(from, lists.length - atHand)
  const middle = Math.floor((from + to) / 2)
  for (const list of lists.slice(0, from)) builder.push(list)
  builder.pushPlacedLists(path, spans, lengths, from, middle)
  builder.pushPlacedLists(path, spans, lengths, middle, to)
  for (const list of lists.slice(to)) builder.push(list)
  const packed = { names: builder.take() as PackedColumn }
  expect(unpacked(packed, lists.length).names).toEqual(lists)
  expect(builder.take()).toEqual([])
  return encodeGroup(TABLE, undefined, lists.length, {}, packed)
}

async function expectSame(lists: readonly (readonly string[])[], atHand = 0) {
  const expected = await encodeGroup(TABLE, undefined, lists.length, { names: lists })
  const group = await encoded(lists, atHand)
  expect(Buffer.compare(group.bytes, expected.bytes)).toBe(0)
  const comparable = ({ footer, indexes }: typeof group) =>
    JSON.parse(JSON.stringify({ footer, indexes }, (_, each: unknown) => (typeof each === 'bigint' ? `${each}` : each)))
  expect(comparable(group)).toEqual(comparable(expected))
}

const text = fc.oneof(
  fc.nat(2000).map((n) => `SD_IMG_${n}`),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('', 'two\nlines', '\u{1f600}', 'ﬀ', 'LA_IMG_000000000001'),
)

test('lists are written as the general writer writes them, whatever is in them', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(text, { maxLength: 4 }), { minLength: 1, maxLength: 60 }),
      fc.nat(3),
      (lists, atHand) => expectSame(lists, atHand),
    ),
    { numRuns: 100 },
  )
})

const many: Readonly<Record<string, (row: number) => readonly string[]>> = {
  'all different': (row) => [0, 1, 2].map((n) => `TINY_IMG_${String(7 * row + n).padStart(8, '0')}`),
  'a few that come again and again': (row) => [`LA_IMG_${row % 50}`],
  'some of them empty': (row) => Array.from({ length: row % 3 }, (_, n) => `SD_IMG_${row}_${n}`),
  'one picture to four pairs': (row) => [`LA_IMG_${row >> 2}`],
  'long names, in several pages': (row) => Array.from({ length: row % 4 }, (_, n) => `${row}-${n} ${'é'.repeat(200)}`),
  'almost all empty': (row) => (row % 1000 === 0 ? [`DC_IMG_${row}`] : []),
}

test.each(Object.keys(many))('a full row group of them: %s', async (kind) => {
  await expectSame(Array.from({ length: 16_384 }, (_, row) => many[kind]!(row)))
})

test('lists that are all empty are the same in every row', async () => {
  const builder = columnBuilder(COLUMN)
  const { path, spans, lengths } = placed([[], []])
  builder.pushPlacedLists(path, spans, lengths, 0, 2)
  expect(builder.take()).toEqual({ kind: 'same', value: [] })
})
