// Golden files of format 1: what was written once is read as it was meant, and the same rows give the same files everywhere.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openDataset } from '../../src/shards/dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { arrowFileRows } from '../support/arrow-rows.js'
import { fixture } from '../support/fixtures.js'
import { digestsOf, expectedFormat1, FORMAT_1_SETS, type Format1Set, writeFormat1 } from '../support/format-1.js'
import { tableRows } from '../support/table-rows.js'
import { tempDir } from '../support/temp-dir.js'

const golden = fixture('format-1')
const root = tempDir()
type Expected = ReturnType<typeof expectedFormat1>
const written = JSON.parse(readFileSync(join(golden, 'expected.json'), 'utf8')) as Record<
  'first' | 'grown' | 'counted',
  Expected
>
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const expectedOf = (set: Format1Set) => written[set === 'grown' || set === 'counted' ? set : 'first']

// Who sees this fail has changed what data sets consist of: everybody's files would differ from what they were. Where the
// format says that the new bytes mean the same (another encoder), `fixtures/make-format-1.js --bytes` takes them down, and
// the golden files stay, to be read for ever. Everything else is a new version of the format, with golden files of its own.
test('the same rows give the same bytes', async () => {
  await writeFormat1(root)
  expect(digestsOf(root)).toEqual(JSON.parse(readFileSync(fixture('format-1-bytes.json'), 'utf8')))
})

test('the golden files hold what is written today, in the same files', () => {
  expect(Object.keys(digestsOf(root))).toEqual(Object.keys(digestsOf(golden)))
})

test('expected.json is what was meant', () => {
  expect(expectedOf('parquet')).toEqual(expectedFormat1('parquet'))
  expect(expectedOf('grown')).toEqual(expectedFormat1('grown'))
  expect(expectedOf('counted')).toEqual(expectedFormat1('counted'))
})

test('they have several shards, and row groups in a shard, of pairs and of media', () => {
  for (const set of FORMAT_1_SETS) {
    const { tables } = JSON.parse(readFileSync(join(golden, set, 'manifest.json'), 'utf8'))
    for (const table of ['pairs', 'media']) {
      expect(tables[table].shards.length, `${set} ${table}`).toBeGreaterThan(1)
      expect(tables[table].blocks.length, `${set} ${table}`).toBeGreaterThan(2)
    }
  }
})

describe.each(FORMAT_1_SETS)('%s', (set) => {
  const dir = join(golden, set)

  test('is sound', async () => {
    const { ok, issues } = await verifyDataset(dir, { deep: true })
    expect([ok, issues]).toEqual([true, []])
  })

  test('holds the pairs, pictures and contexts that were put into it', async () => {
    const expected = expectedOf(set)
    const dataset = await openDataset(dir)
    try {
      const pairs = []
      for await (const [, pair] of dataset.pairs()) pairs.push(pair)
      expect(pairs).toEqual(expected.pairs)
      for (const [row, pair] of expected.pairs.entries()) expect(await dataset.pairRow(pair.id)).toBe(row)
      for (const [row, facts] of expected.media.entries()) {
        const stored = await dataset.media(row)
        expect({ ...stored, sha256: hex(stored.sha256) }).toEqual(facts)
        expect(
          createHash('sha256')
            .update(await dataset.picture(row))
            .digest('hex'),
        ).toBe(facts.sha256)
        for (const id of facts.ids) expect(await dataset.mediaRow(id)).toBe(row)
      }
      expect(dataset.manifest.tables.media.rows).toBe(expected.media.length)
      expect(Object.keys(dataset.manifest.contexts)).toEqual(Object.keys(expected.contexts))
      for (const [name, rows] of Object.entries(expected.contexts)) {
        const table = await dataset.context(name)
        expect([...table.queries]).toEqual(rows.map(({ query }) => query))
        for (const row of rows) expect(await table.get(row.query)).toEqual(row)
      }
      expect(dataset.manifest.mixture).toEqual(expected.mixture)
      expect(Object.keys(dataset.manifest.lengths ?? {})).toEqual(Object.keys(expected.lengths ?? {}))
    } finally {
      await dataset.close()
    }
    for (const [name, rows] of Object.entries(expected.lengths ?? {})) {
      expect(await tableRows(dir, `lengths/${name}`)).toEqual(rows.map(asRow))
    }
  })
})

/** Fields as columns are called. */
const asRow = (value: object) =>
  Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), one]),
  )

describe('apache-arrow reads the Arrow form', () => {
  const expected = expectedOf('arrow')
  const shards = async (table: string) => {
    const names = readdirSync(join(golden, 'arrow', table)).sort()
    return (await Promise.all(names.map((name) => arrowFileRows(join(golden, 'arrow', table, name))))).flat()
  }
  test('pairs', async () => {
    // It takes a byte order mark at the beginning of a text for none of it.
    const rows = JSON.parse(JSON.stringify(expected.pairs).replaceAll('"\ufeff', '"'))
    expect(await shards('pairs')).toEqual(rows.map(asRow))
  })

  test.each(Object.keys(expected.contexts))('context/%s', async (name) => {
    expect(await shards(`context/${name}`)).toEqual(expected.contexts[name])
  })

  test('media', async () => {
    const rows = await shards('media')
    expect(rows.map(({ image: _, ...facts }) => facts)).toEqual(expected.media.map(asRow))
    const images = rows.map(({ image }) => image as { readonly bytes: string; readonly path: string })
    expect(images.map(({ path }) => path)).toEqual(
      expected.media.map(({ ids, format }) => `${ids[0]}.${format === 'jpeg' ? 'jpg' : format}`),
    )
    const hashes = images.map(({ bytes }) => createHash('sha256').update(Buffer.from(bytes, 'hex')).digest('hex'))
    expect(hashes).toEqual(expected.media.map(({ sha256 }) => sha256))
  })
})
