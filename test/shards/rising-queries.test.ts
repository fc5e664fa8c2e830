// Context tables whose row n is about pair n say so in the manifest, and those whose queries count up in their footers, so that nobody
// has to read them; every other order is read, and what a table gives is the same either way.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parquetMetadata } from 'hyparquet'
import { beforeAll, expect, test } from 'vitest'
import { openDataset } from '../../src/shards/dataset.js'
import { createDataset } from '../../src/shards/dataset-writer.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { faultOf } from '../support/fault.js'
import {
  changeValues,
  closeShard,
  filesOf,
  fitManifest,
  manifestOf,
  openShardOf,
  pagesOf,
  reading,
  refit,
} from '../support/hostile.js'
import { tempDir } from '../support/temp-dir.js'

const dir = join(tempDir(), 'set')
/** The same as it was before manifests said anything of an order. */
const older = join(tempDir(), 'older')
const PAIRS = 5000
const GROUP = 1200
const numbers = Array.from({ length: PAIRS }, (_, i) => i)
/** Query rows in the order of each table. */
const orders: Record<string, readonly number[]> = {
  all: numbers,
  first: numbers.slice(0, 2 * GROUP),
  later: numbers.slice(1000),
  gaps: numbers.filter((query) => query % 3 !== 0),
  one_gap: numbers.filter((query) => query !== 3000),
  backwards: [...numbers].reverse(),
  groups_backwards: [3, 2, 1, 0].flatMap((group) => numbers.slice(group * GROUP, (group + 1) * GROUP)),
  two_swapped: numbers.map((query) => (query === 1500 ? 1501 : query === 1501 ? 1500 : query)),
  few: numbers.slice(0, 900),
}

beforeAll(async () => {
  const text = { rowGroupBytes: 1e9, rowGroupRows: GROUP, shardBytes: 1e9 }
  const writer = await createDataset(dir, {
    sizes: { text, media: { rowGroupBytes: 1e6, rowGroupRows: 9, shardBytes: 1e9 } },
  })
  const pair = {
    subset: 'LA',
    split: null,
    language: 'en',
    metadata: null,
    mediaPositions: null,
    mediaTimes: null,
  } as const
  for (const i of numbers) {
    await writer.addPair({
      ...pair,
      ...{ id: `LA_INS_${i}`, instruction: 'What?', response: `${i}`, mediaKind: 'none', media: [], mediaIds: [] },
    })
  }
  for (const [name, order] of Object.entries(orders)) {
    const table = await writer.context(name, { name: 'stored', parameters: {} })
    for (const query of order) await table.add({ query, contexts: [(query + 1) % PAIRS], scores: null })
  }
  await writer.finish({ tool: 'test' })
  const files = await filesOf(dir)
  const manifest = manifestOf(files)
  for (const record of Object.values(manifest.contexts)) delete (record as { inOrder?: true }).inOrder
  fitManifest(files, manifest)
  write(files, older)
})

function write(files: ReadonlyMap<string, Uint8Array>, to: string): void {
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(to, path)), { recursive: true })
    writeFileSync(join(to, path), bytes)
  }
}

/** What the footer of a table says: the groups whose queries rise. */
function risingGroups(name: string): boolean[] {
  const bytes = readFileSync(join(dir, `context/${name}/00000.parquet`))
  const { row_groups: groups } = parquetMetadata(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
  )
  return groups.map(({ sorting_columns: sorting }) => {
    if (sorting !== undefined) expect(sorting).toEqual([{ column_idx: 0, descending: false, nulls_first: false }])
    return sorting !== undefined
  })
}

test('row groups of a thousand rows and more say where they rise', () => {
  expect(risingGroups('all')).toEqual([true, true, true, true, false])
  expect(risingGroups('gaps')).toEqual([true, true, false])
  expect(risingGroups('backwards')).toEqual([false, false, false, false, false])
  expect(risingGroups('two_swapped')).toEqual([true, false, true, true, false])
  expect(risingGroups('few')).toEqual([false])
})

test('the manifest says of which tables row n is about pair n', async () => {
  const dataset = await openDataset(dir)
  const { contexts } = dataset.manifest
  expect(Object.keys(contexts).filter((name) => contexts[name]!.inOrder)).toEqual(['all', 'first', 'few'])
  await dataset.close()
})

test.each(Object.keys(orders).flatMap((name) => [[name, dir] as const, [name, older] as const]))(
  '%s of %s: queries in the order of the table, and contexts by query',
  async (name, at) => {
    const order = orders[name]!
    const dataset = await openDataset(at)
    const table = await dataset.context(name)
    expect(table.everyPair).toBe(name === 'all')
    expect([...table.queries]).toEqual(order)
    const rows = new Set(order)
    for (const query of [0, 1, 899, 900, 999, 1000, 1200, 1499, 1500, 1501, 3000, 4800, 4999]) {
      const found = await table.get(query)
      expect(found?.contexts).toEqual(rows.has(query) ? [(query + 1) % PAIRS] : undefined)
      if (found !== undefined) expect(found.query).toBe(query)
    }
    await dataset.close()
  },
)

test('a wrong place of a row group in the footer is damage to whoever opens the table', async () => {
  const files = await filesOf(dir)
  const manifest = manifestOf(files)
  manifest.contexts.later!.shards[0]!.rowGroups[2]!.footer! += 2
  fitManifest(files, manifest)
  const fault = await faultOf(reading(files, (set) => set.context('later')))
  expect([fault.code, fault.parts.where]).toEqual(['MIMICIT_CORRUPT', 'context/later/00000.parquet'])
})

test.each([
  ['the manifest', () => dir, 'query row 8 of a table that the manifest says to be in order'],
  ['the shard', () => older, 'query row 8, not 7 as the shard says'],
])(
  'what %s says is not read when a table is opened, and checked for each query that is asked for',
  async (_, at, message) => {
    const files = await filesOf(at())
    const manifest = manifestOf(files)
    const shard = openShardOf(files, manifest.contexts.all!.shards[0]!)
    const page = pagesOf(shard).find(({ column }) => column === 0)!
    await changeValues(shard, page, (values) => {
      const swapped = Buffer.from(values)
      swapped.writeInt32LE(8, 4 * 7)
      swapped.writeInt32LE(7, 4 * 8)
      return swapped
    })
    closeShard(files, shard)
    refit(files, manifest)
    await reading(files, async (set) => {
      const table = await set.context('all')
      expect(table.everyPair).toBe(true)
      expect((await table.get(6))?.contexts).toEqual([7])
      const fault = await faultOf(table.get(7))
      expect([fault.code, fault.message]).toEqual(['MIMICIT_CORRUPT', expect.stringMatching(/query 7, .* query 8/s)])
    })
    const lying = join(tempDir(), 'lying')
    write(files, lying)
    const { ok, issues } = await verifyDataset(lying)
    expect(ok).toBe(false)
    const found = issues.find(({ code }) => code === 'MIMICIT_BAD_RECORD')!.examples
    expect(found).toContainEqual(expect.objectContaining({ where: 'context all row 7', message }))
  },
)

test('a shard that is shorter, or not there, is told when the table is opened, not by the sample that wants it', async () => {
  const lost = await filesOf(dir)
  const path = 'context/all/00000.parquet'
  const bytes = lost.get(path)!
  lost.set(path, bytes.subarray(0, bytes.byteLength - 1))
  const fault = await faultOf(reading(lost, (set) => set.context('all')))
  expect([fault.code, fault.parts.where]).toEqual(['MIMICIT_CORRUPT', path])
  const gone = join(tempDir(), 'gone')
  lost.delete(path)
  write(lost, gone)
  const set = await openDataset(gone)
  expect((await faultOf(set.context('all'))).code).toBe('MIMICIT_NOT_FOUND')
  await set.close()
})
