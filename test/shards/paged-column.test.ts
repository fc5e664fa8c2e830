// Rows of a row group read one by one: only the pages that hold them are decoded, and what comes is what the whole group has.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openDirectory } from '../../src/io/directory.js'
import { MEDIA_FACT_COLUMNS } from '../../src/shards/rows.js'
import { openTable } from '../../src/shards/table-reader.js'
import { lengthsSchema, mediaSchema, pairsSchema, type TableSchema } from '../../src/shards/table-schema.js'
import { createTableWriter, type Row } from '../../src/shards/table-writer.js'
import { faultOf } from '../support/fault.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
const sizes = { rowGroupBytes: 1e9, rowGroupRows: 700, shardBytes: 1e9 }

async function write(name: string, schema: TableSchema, rows: readonly Row[]) {
  const writer = await createTableWriter(root, name, schema, sizes)
  for (const row of rows) await writer.add(row, 10)
  return (await writer.finish()).shards
}

/** Pages of the media table have 4 KiB, so that a thousand pictures have dozens of them. */
const pictures = Array.from({ length: 1000 }, (_, i) => ({
  ids: Array.from({ length: i % 4 }, (_, n) => `picture ${i} by its name ${n}`),
  image: { bytes: new Uint8Array(1), path: 'a.png' },
  width: i,
  height: 2 * i,
  byte_length: 1,
  format: i % 3 === 0 ? 'png' : 'jpeg',
  clip: i % 5 === 0 ? null : `clip ${Math.floor(i / 9)} ${'x'.repeat(i % 40)}`,
  frame_time: i % 2 === 0 ? null : i / 7,
  sha256: new Uint8Array(32).fill(i % 251),
}))

/** Texts of two pages and more a column; the subset has a dictionary, the nullable columns have gaps. */
const pairs = Array.from({ length: 600 }, (_, i) => ({
  id: `LA_INS_${i}`,
  subset: i < 300 ? 'LA' : 'SD',
  split: i % 2 === 0 ? null : 'train',
  language: 'en',
  instruction: `${i} ${'What is there? '.repeat(30 + (i % 17))}`,
  response: `${i} ${'ä dog '.repeat(i % 90)}`,
  media_kind: 'images',
  media: Array.from({ length: i % 3 }, (_, n) => i + n),
  media_ids: Array.from({ length: i % 3 }, (_, n) => `IMG_${i + n}`),
  media_positions: i % 7 === 0 ? [0, i] : null,
  media_times: null,
  metadata: i % 4 === 0 ? null : `{"n":${i}}`,
}))

describe.each([
  ['media', mediaSchema, pictures, MEDIA_FACT_COLUMNS],
  ['pairs', pairsSchema, pairs, pairsSchema.columns.map(({ name }) => name)],
] as const)('rows of %s', (name, schema, rows, names) => {
  const plain = (values: Record<string, unknown>) =>
    Object.fromEntries(
      names.map((column) => {
        const value = values[column] ?? null
        return [column, value instanceof Uint8Array ? [...value] : value]
      }),
    )

  test('come one by one, in any order and at once, as they were written', async () => {
    const shards = await write(`${name}-any`, schema, rows)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(rows.length - 1), { minLength: 1, maxLength: 30 }), async (wanted) => {
        const table = openTable(openDirectory(root), shards, names)
        const found = await Promise.all(
          wanted.map(async (row) => {
            const { columns, firstRow } = await table.around(row)
            return plain(Object.fromEntries(names.map((column) => [column, columns[column]![row - firstRow]])))
          }),
        )
        expect(found).toEqual(wanted.map((row) => plain(rows[row]!)))
        await table.close()
      }),
      { numRuns: 10 },
    )
  })

  test('bring no more than the pages that hold them', async () => {
    const table = openTable(openDirectory(root), await write(`${name}-few`, schema, rows), names)
    const long = name === 'media' ? 'clip' : 'instruction'
    const { columns, firstRow } = await table.around(rows.length - 1)
    expect(columns[long]![rows.length - 1 - firstRow]).toBe(rows.at(-1)![long as never])
    const there = columns[long]!.filter((value) => value !== undefined).length
    expect(there).toBeGreaterThan(0)
    expect(there).toBeLessThan((2 / 3) * columns[long]!.length)
    // Who asks for the group has all of it.
    expect((await table.groupOf(rows.length - 1)).columns[long]).toEqual(
      rows.slice(firstRow).map((row) => row[long as never]),
    )
    await table.close()
  })
})

test('lists of numbers come one by one from plain pages and from a dictionary, empty ones and missing ones too', async () => {
  const lists = Array.from({ length: 1500 }, (_, i) => ({
    ...{ instruction: i, unmarked: null, interleaved: i % 2 === 0 ? null : i, response: 1 },
    ids: i % 5 === 0 ? null : Array.from({ length: i % 4 }, (_, n) => (i < 700 ? n : i * 1000 + n)),
    unmarked_ids: i < 700 ? null : i % 3 === 0 ? [] : [i, i],
    interleaved_ids: null,
  }))
  const names = lengthsSchema.columns.map(({ name }) => name)
  const table = openTable(openDirectory(root), await write('lists', lengthsSchema, lists), names)
  for (const row of [0, 1, 2, 3, 699, 700, 701, 702, 703, 704, 705, 1399, 1400, 1499]) {
    const { columns, firstRow } = await table.around(row)
    const found = Object.fromEntries(names.map((name) => [name, columns[name]![row - firstRow]]))
    expect(found).toEqual(lists[row])
  }
  // Of a page of which a row is wanted no other row is made, where that takes nothing.
  const { columns, firstRow } = await table.around(1499)
  expect(columns.ids!.filter((list) => list !== undefined)).toEqual([lists[1400]!.ids, lists[1499]!.ids])
  expect(firstRow).toBe(1400)
  await table.close()
})

test('a page that is damaged is told with its file, each time somebody wants it, and the others are there', async () => {
  const shards = await write('damaged', pairsSchema, pairs)
  const path = join(root, shards[0]!.path)
  const bytes = readFileSync(path)
  const names = ['instruction']
  const sound = openTable(openDirectory(root), shards, names)
  const first = (await sound.around(0)).columns.instruction![0]
  await sound.close()
  // One of the frames is the last page of the instructions: with it broken the last row fails, and the first does not.
  const frames: number[] = []
  for (let at = bytes.indexOf('28b52ffd', 0, 'hex'); at >= 0; at = bytes.indexOf('28b52ffd', at + 1, 'hex'))
    frames.push(at)
  const large = frames.filter((at, i) => (frames[i + 1] ?? bytes.length) - at > 300)
  const broken = Buffer.from(bytes)
  let found = false
  for (const at of large) {
    bytes.copy(broken)
    broken[at] = 0
    writeFileSync(path, broken)
    const table = openTable(openDirectory(root), shards, names)
    const isWhole = (row: number) =>
      table.around(row).then(
        () => true,
        () => false,
      )
    if (!(await isWhole(pairs.length - 1)) && (await isWhole(0))) {
      const fault = await faultOf(table.around(pairs.length - 1))
      expect([fault.code, fault.parts.where]).toEqual(['MIMICIT_CORRUPT', shards[0]!.path])
      expect((await table.around(0)).columns.instruction![0]).toBe(first)
      found = true
    }
    await table.close()
  }
  expect(found).toBe(true)
})

test('where several columns are damaged one is told, and nobody is left to fail unheard', async () => {
  const shards = await write('broken', pairsSchema, pairs)
  const path = join(root, shards[0]!.path)
  const bytes = readFileSync(path)
  for (let at = bytes.indexOf('28b52ffd', 0, 'hex'); at >= 0; at = bytes.indexOf('28b52ffd', at + 1, 'hex'))
    bytes[at] = 0
  writeFileSync(path, bytes)
  const unheard: unknown[] = []
  const hear = (error: unknown) => unheard.push(error)
  process.on('unhandledRejection', hear)
  try {
    // Lists of texts are decoded as a page, which takes a moment; texts fail at once.
    const table = openTable(openDirectory(root), shards, ['media_ids', 'instruction'])
    const fault = await faultOf(table.around(0))
    expect([fault.code, fault.parts.where]).toEqual(['MIMICIT_CORRUPT', shards[0]!.path])
    await table.close()
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(unheard).toEqual([])
  } finally {
    process.off('unhandledRejection', hear)
  }
})

test('the last page of a row group may have fewer values than the dictionary of all of them', async () => {
  const writer = await createTableWriter(root, 'short-page', pairsSchema, { ...sizes, rowGroupRows: 1e6 })
  const [pair] = pairs
  const idOf = (row: number) => `LA_IMG_${(row * 7) % 1500}`
  for (let row = 0; row < 4200; row++) await writer.add({ ...pair, id: `LA_INS_${row}`, media_ids: [idOf(row)] }, 10)
  const { shards } = await writer.finish()
  const table = openTable(openDirectory(root), shards, ['id', 'media_ids'])
  for (const row of [4199, 0, 4198, 2100]) {
    const { columns } = await table.around(row)
    expect([columns.id![row], columns.media_ids![row]]).toEqual([`LA_INS_${row}`, [idOf(row)]])
  }
  await table.close()
})
