// A data set in its other forms: the same rows, blocks, orders and batches; back in Parquet, the same bytes.
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { decodeCheckedJson, encodeCheckedJson } from '../../src/base/checked-json.js'
import { sha256, sha256Hex } from '../../src/base/hash.js'
import { openDirectory } from '../../src/io/directory.js'
import { rewriteDataset } from '../../src/layout/rewrite.js'
import type { Batch } from '../../src/loader/batch.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import { openDataset } from '../../src/shards/dataset.js'
import { writeDatasetCard } from '../../src/shards/dataset-card.js'
import type { Manifest } from '../../src/shards/manifest.js'
import { readManifest } from '../../src/shards/read-manifest.js'
import { rebuildIndexes } from '../../src/shards/rebuild-indexes.js'
import { contextSchema, mediaSchema, pairsSchema } from '../../src/shards/table-schema.js'
import { createTableWriter, type Row } from '../../src/shards/table-writer.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { faultOf } from '../support/fault.js'
import { importFixtures, sourceImages } from '../support/fixtures.js'
import { unfoundFlips } from '../support/flips.js'
import { recordingStore } from '../support/recording-store.js'
import { writeSmallDataset } from '../support/small-dataset.js'
import { tableRows } from '../support/table-rows.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
const parquet = join(root, 'parquet')
const arrow = join(root, 'arrow')
const compat = join(root, 'compat')

beforeAll(async () => {
  await importFixtures(parquet)
  await rewriteDataset({ source: parquet, out: arrow, form: 'arrow' })
  await rewriteDataset({ source: arrow, out: compat, form: 'parquet', compat: true })
})

const files = async (dir: string) =>
  ((await openDirectory(dir).list()) ?? []).filter((path) => path !== 'provenance.json')
/** Every file but provenance.json is the same. */
const expectSame = async (one: string, other: string) => {
  expect(await files(other)).toEqual(await files(one))
  for (const path of await files(one)) {
    expect(readFileSync(join(other, path)).equals(readFileSync(join(one, path))), path).toBe(true)
  }
}

describe('a rewrite', () => {
  test('keeps rows, blocks, order key, generations and contexts; the manifest says the form', async () => {
    const of = await readManifest(openDirectory(parquet))
    for (const [dir, form, profile] of [
      [arrow, 'arrow', undefined],
      [compat, 'parquet', 'compat'],
    ] as const) {
      const manifest = await readManifest(openDirectory(dir))
      expect([manifest.form, manifest.profile]).toEqual([form, profile])
      expect([manifest.orderKey, manifest.generations]).toEqual([of.orderKey, of.generations])
      expect([manifest.tables.pairs.blocks, manifest.tables.media.blocks]).toEqual([
        of.tables.pairs.blocks,
        of.tables.media.blocks,
      ])
      expect(Object.keys(manifest.contexts)).toEqual(Object.keys(of.contexts))
      for (const table of ['pairs', 'media', 'context/train', 'context/rel_ins_ids'] as const) {
        expect(await tableRows(dir, table)).toEqual(await tableRows(parquet, table))
      }
    }
    expect((await files(arrow)).filter((path) => !path.startsWith('index/'))).toEqual([
      'README.md',
      'context/rel_ins_ids/00000.arrow',
      'context/train/00000.arrow',
      'manifest.json',
      'media/00000.arrow',
      'pairs/00000.arrow',
    ])
    expect(readFileSync(join(arrow, 'README.md'), 'utf8')).toContain('path: media/*.arrow')
  })

  test('gives the same bytes again, and the bytes of the original when it goes back', async () => {
    const again = join(root, 'again')
    await rewriteDataset({ source: parquet, out: again, form: 'arrow' })
    await expectSame(arrow, again)
    for (const source of [arrow, compat, parquet]) {
      const back = join(root, 'back')
      await rewriteDataset({ source, out: back, form: 'parquet' })
      await expectSame(parquet, back)
      rmSync(back, { recursive: true })
    }
  })

  test('names its parent', () => {
    const path = join(arrow, 'provenance.json')
    const provenance = decodeCheckedJson(readFileSync(path, 'utf8'), path, 'MIMICIT_CORRUPT')
    const manifest = sha256(readFileSync(join(parquet, 'manifest.json')))
    expect(provenance).toMatchObject({
      command: 'rewrite',
      parents: [{ location: parquet, form: 'parquet', manifest: Buffer.from(manifest).toString('hex') }],
    })
  })

  test.each([
    ['arrow', arrow],
    ['compat', compat],
  ])('%s has no issue, and its indexes are those that its tables give', async (_, dir) => {
    const report = await verifyDataset(dir, { deep: true })
    expect([report.ok, report.issues]).toEqual([true, []])
    expect((await rebuildIndexes(dir)).replaced).toEqual([])
    const lost = join(root, 'lost')
    cpSync(dir, lost, { recursive: true })
    rmSync(join(lost, 'index'), { recursive: true })
    expect((await rebuildIndexes(lost)).replaced).toHaveLength(7)
    await expectSame(dir, lost)
    rmSync(lost, { recursive: true })
  })

  test('keeps shards, and tables without rows', async () => {
    const several = join(root, 'several')
    await writeSeveralShards(several)
    const manifest = await readManifest(openDirectory(several))
    expect(manifest.tables.media.shards.map((shard) => shard.rowGroups.length)).toEqual([2, 2, 1])
    const out = join(root, 'several-arrow')
    const seen = new Set<string>()
    const { manifest: rewritten } = await rewriteDataset({
      ...{ source: several, out, form: 'arrow' },
      onProgress: ({ stage, done, total }) => seen.add(`${stage} ${done}/${total}`),
    })
    expect(rewritten.tables.media.shards.map((shard) => shard.path)).toEqual(
      [0, 1, 2].map((i) => `media/0000${i}.arrow`),
    )
    expect([...seen]).toContain('rewriting media 9/9')
    const dataset = await openDataset(out)
    for (let row = 0; row < 9; row++) expect((await dataset.picture(row)).byteLength).toBe(5000 + row)
    await dataset.close()
    await rewriteDataset({ source: out, out: join(root, 'several-back'), form: 'parquet' })
    await expectSame(several, join(root, 'several-back'))
  })
})

/** A batch with each of its arrays as its hash; the plan in its state names the files of its context table. */
const contentOf = (batch: Batch) =>
  Object.entries({ ...batch, state: undefined }).map(([name, value]: [string, unknown]) => {
    if (!ArrayBuffer.isView(value)) return [name, value]
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    return [name, value.constructor.name, sha256Hex(bytes)]
  })

describe('the Arrow form', () => {
  test('gives the same batches', async () => {
    const options = { batchSize: 8, shots: 2, imageSize: 32, seed: 5, worker: false }
    const batches = async (dir: string) => {
      const found: Batch[] = []
      for await (const batch of loadMimicIT(dir, options)) found.push(batch)
      return found
    }
    const [ours, theirs] = [await batches(arrow), await batches(parquet)]
    expect(ours.length).toBe(16)
    expect(ours.map(contentOf)).toEqual(theirs.map(contentOf))
  })

  test('gives a picture in one read of exactly its bytes, cold in one more of an index block', async () => {
    const { store, reads } = recordingStore(arrow)
    const dataset = await openDataset(store)
    await dataset.picture(3)
    reads.length = 0
    for (const row of [0, 7, 15]) expect(Buffer.compare(await dataset.picture(row), sourceImages[row]![1])).toBe(0)
    expect(reads.map(({ path, length }) => [path, length])).toEqual(
      [0, 7, 15].map((row) => ['media/00000.arrow', sourceImages[row]![1].byteLength]),
    )
    expect(Buffer.compare(await dataset.pictureById(sourceImages[4]![0]), sourceImages[4]![1])).toBe(0)
    await dataset.close()
  })

  test('has no byte that nothing covers: flips are found', async () => {
    const small = join(root, 'small')
    await writeSmallDataset(small)
    const dir = join(root, 'small-arrow')
    await rewriteDataset({ source: small, out: dir, form: 'arrow' })
    expect(await unfoundFlips(dir, 150, 2)).toEqual([])
    expect((await verifyDataset(dir)).ok).toBe(true)
  })
})

describe('what a rewrite refuses', () => {
  const left = () => readdirSync(root).filter((name) => name.startsWith('refused'))
  const refused = async (source: string, more: object = {}) => {
    const fault = await faultOf(rewriteDataset({ source, out: join(root, 'refused'), form: 'arrow', ...more }))
    expect(left()).toEqual([])
    return fault
  }

  test('an output that exists, forms and profiles that do not', async () => {
    expect((await faultOf(rewriteDataset({ source: parquet, out: arrow, form: 'arrow' }))).code).toBe(
      'MIMICIT_NOT_EMPTY',
    )
    expect(existsSync(join(arrow, 'manifest.json'))).toBe(true)
    expect((await refused(parquet, { form: 'csv' })).code).toBe('MIMICIT_UNKNOWN_NAME')
    expect((await refused(parquet, { compat: true })).code).toBe('MIMICIT_BAD_VALUE')
    expect((await refused(root)).code).toBe('MIMICIT_NOT_A_DATASET')
  })

  test('a damaged source: text by its sums, pictures by their hashes', async () => {
    for (const [dir, path] of [
      [parquet, 'pairs/00000.parquet'],
      [parquet, 'media/00000.parquet'],
      [arrow, 'media/00000.arrow'],
    ] as const) {
      const damaged = join(root, 'damaged')
      cpSync(dir, damaged, { recursive: true })
      const bytes = readFileSync(join(damaged, path))
      bytes[bytes.byteLength >> 1]! ^= 1
      writeFileSync(join(damaged, path), bytes)
      const fault = await refused(damaged)
      expect([fault.code, fault.parts.where.includes(path)]).toEqual(['MIMICIT_CORRUPT', true])
      rmSync(damaged, { recursive: true })
    }
  })

  test('to go on when it is stopped', async () => {
    const controller = new AbortController()
    const fault = await refused(parquet, { signal: controller.signal, onProgress: () => controller.abort() })
    expect(fault.code).toBe('MIMICIT_ABORTED')
  })

  test('a manifest of a form that nobody knows', async () => {
    const other = join(root, 'other-form')
    cpSync(parquet, other, { recursive: true })
    const path = join(other, 'manifest.json')
    const manifest = decodeCheckedJson(readFileSync(path, 'utf8'), path, 'MIMICIT_BAD_MANIFEST') as Manifest
    writeFileSync(path, encodeCheckedJson({ ...manifest, form: 'orc' }))
    expect((await refused(other)).code).toBe('MIMICIT_BAD_MANIFEST')
  })
})

/** A data set of several media shards and no pairs: sizes that no import would choose. */
async function writeSeveralShards(dir: string): Promise<void> {
  const sizes = { rowGroupBytes: 10_500, rowGroupRows: 100, shardBytes: 20_000 }
  const rows = Array.from({ length: 9 }, (_, i): Row => {
    const bytes = new Uint8Array(5000 + i).fill(i)
    return {
      ...{ ids: [`p${i}`], image: { bytes, path: `p${i}.png` }, width: 1, height: 1, byte_length: bytes.byteLength },
      ...{ format: 'png', clip: null, frame_time: i / 3, sha256: sha256(bytes) },
    }
  })
  const tables = []
  for (const [name, schema] of [
    ['pairs', pairsSchema],
    ['media', mediaSchema],
    ['context/none', contextSchema],
  ] as const) {
    const writer = await createTableWriter(dir, name, schema, sizes)
    if (name === 'media') for (const row of rows) await writer.add(row, row.byte_length as number)
    const { shards, blocks } = await writer.finish()
    tables.push({ rows: writer.rows, shards: [...shards], blocks: [...blocks] })
  }
  const [pairs, media, context] = tables
  const key = '0'.repeat(64)
  const { blocks: _, ...contextTable } = context!
  const manifest: Manifest = {
    ...{ format: 'mimicit', version: 1, form: 'parquet', generation: 1, subsets: [] },
    tables: { pairs: pairs!, media: media! },
    contexts: {
      none: {
        ...contextTable,
        ...{ pairs: { from: 0, to: 0 }, orderKey: key, maxContexts: 0, select: { name: 'stored', parameters: {} } },
      },
    },
    ...{ indexes: {}, orderKey: key, generations: [{ pairs: 0, media: 9, orderKey: key }] },
    statistics: {
      ...{ languages: {}, splits: {}, mediaKinds: {}, mediaPerPair: { min: 0, max: 0 }, pictureBytes: 0 },
      ...{ instructionCharacters: 0, responseCharacters: 0 },
    },
  }
  writeFileSync(join(dir, 'manifest.json'), encodeCheckedJson(manifest))
  await rebuildIndexes(dir)
  await writeDatasetCard(dir, manifest)
}
