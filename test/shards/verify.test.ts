// Verification: a clean set is clean, and every kind of damage is found and placed.
import { createHash } from 'node:crypto'
import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import { decodeCheckedJson, encodeCheckedJson } from '../../src/base/checked-json.js'
import { createDataset, type DatasetWriter } from '../../src/shards/dataset-writer.js'
import type { Manifest } from '../../src/shards/manifest.js'
import { type VerifyReport, verifyDataset } from '../../src/shards/verify/index.js'
import type { Pair } from '../../src/tuple/tuple.js'
import { faultOf } from '../support/fault.js'
import { importFixtures, sourceImages, sourcePairs } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
const clean = join(root, 'clean')
let made = 0
const copy = () => {
  const path = join(root, `copy-${made++}`)
  cpSync(clean, path, { recursive: true })
  return path
}
const short = ({ issues }: VerifyReport) => issues.map(({ code, level }) => `${level} ${code}`)
const places = ({ issues }: VerifyReport) => issues.flatMap(({ examples }) => examples.map(({ where }) => where))

beforeAll(async () => {
  await importFixtures(clean)
})

/** Rewrites the manifest with a sound checksum. */
function changeManifest(dir: string, change: (manifest: Manifest) => Manifest): void {
  const path = join(dir, 'manifest.json')
  const manifest = decodeCheckedJson(readFileSync(path, 'utf8'), path, 'MIMICIT_BAD_MANIFEST') as Manifest
  writeFileSync(path, encodeCheckedJson(change(manifest)))
}

test('a clean data set has no issue, plain or deep, and progress is told', async () => {
  const stages = new Set<string>()
  const report = await verifyDataset(clean, { deep: true, onProgress: ({ stage }) => stages.add(stage) })
  expect(report).toMatchObject({
    ok: true,
    issues: [],
    pairs: sourcePairs.length,
    pictures: sourceImages.length,
    contexts: { rel_ins_ids: sourcePairs.length },
  })
  expect([...stages]).toEqual(['hashing shards', 'checking pictures', 'checking pairs'])
})

const shards = [
  'pairs/00000.parquet',
  'media/00000.parquet',
  'context/train/00000.parquet',
  'context/rel_ins_ids/00000.parquet',
]

describe('damage', () => {
  test.each([...shards, 'index/media.loc', 'provenance.json'])('a flipped bit anywhere in %s', async (path) => {
    const dir = copy()
    const whole = readFileSync(join(dir, path))
    for (const at of [0, Math.floor(whole.byteLength / 2), whole.byteLength - 1]) {
      const damaged = Buffer.from(whole)
      damaged[at]! ^= 0x10
      writeFileSync(join(dir, path), damaged)
      const report = await verifyDataset(dir)
      expect([report.ok, short(report)]).toEqual([false, ['error MIMICIT_CORRUPT']])
      expect(places(report)[0]).toContain(path)
    }
  })

  test('a flipped bit in manifest.json leaves nothing to verify against', async () => {
    const dir = copy()
    const path = join(dir, 'manifest.json')
    const damaged = readFileSync(path)
    damaged[damaged.byteLength >> 1]! ^= 1
    writeFileSync(path, damaged)
    const fault = await faultOf(verifyDataset(dir))
    expect([fault.code, fault.message.includes('manifest.json')]).toEqual(['MIMICIT_BAD_MANIFEST', true])
    rmSync(path)
    expect((await faultOf(verifyDataset(dir))).code).toBe('MIMICIT_NOT_A_DATASET')
  })

  test.each([...shards, 'index/media.loc'])('%s cut short', async (path) => {
    const dir = copy()
    truncateSync(join(dir, path), 100)
    const report = await verifyDataset(dir)
    expect(short(report)).toEqual(['error MIMICIT_CORRUPT'])
    expect(report.issues[0]!.examples[0]!.message).toContain('100 bytes')
  })

  test.each([...shards, 'index/media.loc', 'provenance.json'])('%s removed', async (path) => {
    const dir = copy()
    rmSync(join(dir, path))
    const report = await verifyDataset(dir)
    expect([short(report), places(report)]).toEqual([['error MIMICIT_NOT_FOUND'], [path]])
  })

  test('a surplus file is odd, not wrong', async () => {
    const dir = copy()
    writeFileSync(join(dir, 'pairs', 'notes.txt'), 'x')
    const report = await verifyDataset(dir)
    expect([report.ok, short(report), places(report)]).toEqual([
      true,
      ['warning MIMICIT_UNKNOWN_FILE'],
      ['pairs/notes.txt'],
    ])
  })

  test('an index of sound blocks that leads elsewhere', async () => {
    const dir = copy()
    const path = join(dir, 'index', 'media.loc')
    const bytes = readFileSync(path)
    const records = bytes.subarray(0, sourceImages.length * 24)
    records.writeBigUInt64LE(records.readBigUInt64LE(24 * 2 + 4) + 1n, 24 * 2 + 4)
    records.writeUInt32LE(7, 24 * 3)
    const hash = (data: Uint8Array) => createHash('sha256').update(data).digest()
    const hashes = hash(records)
    writeFileSync(path, Buffer.concat([records, hashes]))
    changeManifest(dir, (manifest) => ({
      ...manifest,
      indexes: {
        ...manifest.indexes,
        'media.loc': { ...manifest.indexes['media.loc']!, sha256: hash(hashes).toString('hex') },
      },
    }))
    const report = await verifyDataset(dir)
    expect(short(report)).toEqual(['error MIMICIT_CORRUPT'])
    expect(places(report)).toEqual(['index/media.loc row 2', 'index/media.loc row 3'])
  })
})

describe('a manifest that contradicts its tables', () => {
  test.each<[string, (manifest: Manifest) => Manifest, string, string]>([
    [
      'order key',
      (m) => ({
        ...m,
        orderKey: 'a'.repeat(64),
        generations: [...m.generations, { ...m.generations[0]!, orderKey: 'a'.repeat(64) }],
      }),
      'MIMICIT_CORRUPT',
      'manifest.json',
    ],
    [
      'most contexts of a query',
      (m) => ({ ...m, contexts: { ...m.contexts, train: { ...m.contexts.train!, maxContexts: 9 } } }),
      'MIMICIT_BAD_MANIFEST',
      'context train',
    ],
    [
      'generation of a context table',
      (m) => ({ ...m, contexts: { ...m.contexts, train: { ...m.contexts.train!, orderKey: 'b'.repeat(64) } } }),
      'MIMICIT_BAD_MANIFEST',
      'context train',
    ],
    [
      'row groups',
      (m) => {
        const [shard] = m.tables.pairs.shards
        const [group] = shard!.rowGroups
        const { rows, offset, bytes } = group!
        const rowGroups = [
          { rows: rows - 1, offset, bytes: bytes - 9 },
          { rows: 1, offset: offset + bytes - 9, bytes: 9 },
        ]
        const pairs = { ...m.tables.pairs, shards: [{ ...shard!, rowGroups }], blocks: [rows - 1, 1] }
        return { ...m, tables: { ...m.tables, pairs } }
      },
      'MIMICIT_CORRUPT',
      'tables',
    ],
  ])('%s', async (_, change, code, where) => {
    const dir = copy()
    changeManifest(dir, change)
    const report = await verifyDataset(dir)
    expect(short(report)).toEqual([`error ${code}`])
    expect([...new Set(places(report))]).toEqual([where])
  })
})

const pair = (id: string, media: number[], mediaIds: string[]): Pair => ({
  id,
  subset: 'T',
  split: null,
  language: 'en',
  instruction: 'q',
  response: 'a',
  mediaKind: media.length === 0 ? 'none' : 'images',
  media,
  mediaIds,
  mediaPositions: null,
  mediaTimes: null,
  metadata: null,
})

describe('where footers tell of row groups', () => {
  const several = join(root, 'several')
  beforeAll(async () => {
    const sizes = { rowGroupBytes: 1e6, rowGroupRows: 4, shardBytes: 1e9 }
    const writer = await createDataset(several, { sizes: { media: sizes, text: sizes } })
    for (let i = 0; i < 20; i++) await writer.addPair(pair(`P_${i}`, [], []))
    await writer.finish({})
  })
  type Groups = Manifest['tables']['pairs']['shards'][number]['rowGroups']
  const withGroups = (change: (groups: Groups) => Groups) => {
    const dir = join(root, `several-${made++}`)
    cpSync(several, dir, { recursive: true })
    changeManifest(dir, (m) => {
      const [shard] = m.tables.pairs.shards
      const shards = [{ ...shard!, rowGroups: change(shard!.rowGroups) }]
      return { ...m, tables: { ...m.tables, pairs: { ...m.tables.pairs, shards } } }
    })
    return verifyDataset(dir)
  }
  const without = ({ footer: _, ...group }: Groups[number]) => group

  test('a manifest may say so of all, of some, of none', async () => {
    for (const kept of [5, 2, 0]) {
      const report = await withGroups((groups) => groups.map((group, i) => (i < kept ? group : without(group))))
      expect(report).toMatchObject({ ok: true, issues: [] })
    }
  })

  test.each([5, 2])('a wrong place is found, of %i of five that are named', async (kept) => {
    const report = await withGroups((groups) =>
      groups.map((group, i) =>
        i >= kept ? without(group) : i === 1 ? { ...group, footer: group.footer! + 3 } : group,
      ),
    )
    expect([short(report), places(report)]).toEqual([['error MIMICIT_BAD_MANIFEST'], ['pairs/00000.parquet']])
    expect(report.issues[0]!.examples[0]!.message).toMatch(/row group 1 at \d+, not at \d+ as the manifest says/)
  })
})

describe('content that is wrong although every hash is right', () => {
  const facts = { width: 2, height: 2, format: 'png', clip: null, frameTime: null }
  const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()
  const build = async (fill: (writer: DatasetWriter) => Promise<void>) => {
    const out = join(root, `built-${made++}`)
    const writer = await createDataset(out)
    await fill(writer)
    await writer.finish({})
    return out
  }
  const picture = (fill: number) =>
    sharp(new Uint8Array(12).fill(fill), { raw: { width: 2, height: 2, channels: 3 } })
      .png()
      .toBuffer()

  test('a picture that does not decode is found when looking deep', async () => {
    const bytes = Buffer.from('looks like nothing')
    const out = await build(async (writer) => {
      const real = await picture(1)
      await writer.addMedia({ ...facts, ids: ['a'], bytes: real, sha256: hash(real) })
      await writer.addMedia({ ...facts, ids: ['b'], bytes, sha256: hash(bytes) })
      await writer.addPair(pair('p', [0, 1], ['a', 'b']))
    })
    expect(await verifyDataset(out)).toMatchObject({ ok: true, issues: [] })
    const report = await verifyDataset(out, { deep: true })
    expect([short(report), places(report)]).toEqual([['error MIMICIT_BAD_PICTURE'], ['media row 1']])
  })

  test('ids, hashes, references and contexts', async () => {
    const out = await build(async (writer) => {
      const [one, two] = [await picture(1), await picture(2)]
      await writer.addMedia({ ...facts, ids: ['a'], bytes: one, sha256: hash(one) })
      await writer.addMedia({ ...facts, ids: ['a'], bytes: two, sha256: hash(one) })
      await writer.addMedia({ ...facts, ids: ['c', 'd'], bytes: one, sha256: hash(one) })
      await writer.addMedia({ ...facts, ids: [], bytes: await picture(3), sha256: hash(await picture(3)) })
      await writer.addPair(pair('p', [0], ['c']))
      await writer.addPair(pair('p', [9], ['x']))
      await writer.addPair({ ...pair('q', [], []), language: '?', response: '' })
      const table = await writer.context('mine', { name: 'stored', parameters: {} })
      await table.add({ query: 0, contexts: [0, 7], scores: null })
      await table.add({ query: 0, contexts: [], scores: null })
      await table.add({ query: 5, contexts: [1], scores: [1, 2] })
    })
    const report = await verifyDataset(out)
    const found = new Map(report.issues.map(({ code, count }) => [code, count]))
    expect(Object.fromEntries(found)).toEqual({
      MIMICIT_BAD_RECORD: 4,
      MIMICIT_CORRUPT: 2,
      MIMICIT_DANGLING_CONTEXT: 2,
      MIMICIT_DANGLING_MEDIA: 2,
      MIMICIT_DUPLICATE_ID: 3,
      MIMICIT_DUPLICATE_MEDIA: 1,
      MIMICIT_OWN_CONTEXT: 1,
      MIMICIT_ORPHAN_MEDIA: 2,
    })
    expect(report.ok).toBe(false)
  })
})
