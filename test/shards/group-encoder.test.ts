// Row groups encoded in threads: the same bytes and the same errors, however many there are.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { openDirectory } from '../../src/io/directory.js'
import type { DatasetSizes } from '../../src/shards/create-options.js'
import { createDataset } from '../../src/shards/dataset-writer.js'
import { type GroupEncoder, groupEncoder } from '../../src/shards/group-encoder.js'
import { encodeGroup } from '../../src/shards/parquet-group.js'
import { contextSchema, pairsSchema } from '../../src/shards/table-schema.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { pairAt } from '../support/pair-at.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
/** Row groups that are worth a thread, several to a shard. */
const SIZES: DatasetSizes = {
  media: { rowGroupBytes: 1e6, rowGroupRows: 10, shardBytes: 1e6 },
  text: { rowGroupBytes: 1.2e6, rowGroupRows: 4096, shardBytes: 20_000 },
}
const encoders: GroupEncoder[] = []
afterEach(async () => {
  for (const encoder of encoders.splice(0)) await encoder.close()
})
const encoderOf = (threads: number) => {
  const encoder = groupEncoder(threads)
  encoders.push(encoder)
  return encoder
}

async function write(name: string, threads: number, count: number) {
  const out = join(dir, name)
  const writer = await createDataset(out, { sizes: SIZES, threads })
  for (let i = 0; i < count; i++) await writer.addPair(pairAt(i))
  const table = await writer.context('near', { name: 'stored', parameters: {} })
  for (let i = 0; i < count; i++) await table.add({ query: i, contexts: [(i + 1) % count], scores: [i / 7] })
  return writer.finish({})
}

test('a data set has the same bytes with any number of threads', async () => {
  const count = 9_000
  const manifest = await write('none', 0, count)
  expect(manifest.tables.pairs.blocks.length).toBeGreaterThan(3)
  expect(manifest.tables.pairs.shards.length).toBeGreaterThan(1)
  for (const threads of [1, 2]) {
    await write(`threads-${threads}`, threads, count)
    for (const path of await openDirectory(join(dir, 'none')).list()) {
      if (path === 'provenance.json') continue
      const [one, other] = ['none', `threads-${threads}`].map((name) => readFileSync(join(dir, name, path)))
      expect(one!.equals(other!), path).toBe(true)
    }
  }
  expect(await verifyDataset(join(dir, 'threads-2'))).toMatchObject({ ok: true, issues: [] })
})

test('a group comes back as it is encoded here, whatever its rows, and when the threads are ended meanwhile', async () => {
  const encoder = encoderOf(2)
  const rows = fc.array(fc.tuple(fc.nat(), fc.array(fc.nat(), { maxLength: 4 }), fc.option(fc.float())), {
    minLength: 1,
  })
  await encoder.encode({ table: contextSchema, profile: undefined, rows: 0, columns: columnsOf([]) }, 1e9)
  await fc.assert(
    fc.asyncProperty(rows, fc.boolean(), async (given, compat) => {
      const profile = compat ? ('compat' as const) : undefined
      const request = { table: contextSchema, profile, rows: given.length, columns: columnsOf(given) }
      const there = await Promise.all(Array.from({ length: 5 }, () => encoder.encode(request, 1e9)))
      const here = await encodeGroup(contextSchema, profile, request.rows, request.columns)
      for (const encoded of there) {
        expect(Buffer.compare(encoded.bytes, here.bytes)).toBe(0)
        expect(encoded.footer).toEqual(here.footer)
      }
    }),
    { numRuns: 30 },
  )
  const columns = columnsOf([[1, [2], null]])
  const request = { table: contextSchema, profile: undefined, rows: 1, columns }
  const last = encoder.encode(request, 1e9)
  await encoder.close()
  expect(Buffer.compare((await last).bytes, (await encodeGroup(contextSchema, undefined, 1, columns)).bytes)).toBe(0)
})

const columnsOf = (rows: readonly (readonly [number, readonly number[], number | null])[]) => ({
  query: rows.map(([query]) => query),
  contexts: rows.map(([, contexts]) => contexts),
  scores: rows.map(([, contexts, score]) => (score === null ? null : contexts.map(() => score))),
})

test('what cannot be written is the same error from a thread', async () => {
  const columns = Object.fromEntries(pairsSchema.columns.map(({ name }) => [name, [undefined]]))
  const request = { table: pairsSchema, profile: undefined, rows: 1, columns }
  const encoder = encoderOf(1)
  const messages = []
  for (let i = 0; i < 2; i++) {
    messages.push(await encoder.encode(request, 1e9).then(String, (error: Error) => error.message))
  }
  // The first group is always encoded here.
  expect(messages).toEqual(Array(2).fill('parquet expected Uint8Array value, got undefined'))
})
