// Random access: by row and by id, in reads that can be counted; and indexes that can be lost.
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { encodeCheckedJson } from '../../src/base/checked-json.js'
import { openDirectory } from '../../src/io/directory.js'
import { appendDataset } from '../../src/shards/append-dataset.js'
import { openDataset } from '../../src/shards/dataset.js'
import { collectIds, findRows, ID_RECORD_BYTES } from '../../src/shards/ids-index.js'
import { openIndexFile } from '../../src/shards/index-file.js'
import { readManifest } from '../../src/shards/read-manifest.js'
import { rebuildIndexes } from '../../src/shards/rebuild-indexes.js'
import { checkedFile, decodeSums, encodeSums, keptPieces, PIECE_BYTES, pieceHasher } from '../../src/shards/sums.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { bytesFile } from '../support/bytes-file.js'
import { faultOf } from '../support/fault.js'
import { importFixtures, sourceImages, sourcePairs } from '../support/fixtures.js'
import { indexBytes } from '../support/index-bytes.js'
import { recordingStore } from '../support/recording-store.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
const set = join(root, 'set')
let copies = 0
const copy = () => {
  const dir = join(root, `copy-${copies++}`)
  cpSync(set, dir, { recursive: true })
  return dir
}

beforeAll(async () => {
  await importFixtures(set)
})

describe('ids to rows', () => {
  test('every id of a table is found, and no other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.string(), { maxLength: 300 }), fc.string(), async (ids, other) => {
        const collector = collectIds()
        ids.forEach((id, row) => {
          collector.add(id, row)
        })
        const { bytes, record } = indexBytes('x.ids', ID_RECORD_BYTES, Buffer.concat([...collector.records()]))
        const index = await openIndexFile(bytesFile(bytes, 'x.ids'), record, ID_RECORD_BYTES)
        for (const [row, id] of ids.entries()) expect(await findRows(index, id)).toEqual([row])
        if (!ids.includes(other)) expect(await findRows(index, other)).toEqual([])
      }),
      { numRuns: 30 },
    )
  })

  test('a look-up among many reads one or two blocks of at most 64 KiB', async () => {
    const collector = collectIds()
    for (let row = 0; row < 50_000; row++) collector.add(`id-${row}`, row)
    const { bytes, record } = indexBytes('x.ids', ID_RECORD_BYTES, Buffer.concat([...collector.records()]))
    for (const id of ['id-0', 'id-77', 'id-49999', 'nobody']) {
      const file = bytesFile(bytes, 'x.ids')
      const index = await openIndexFile(file, record, ID_RECORD_BYTES)
      file.reads.length = 0
      expect(await findRows(index, id)).toEqual(id === 'nobody' ? [] : [Number(id.slice(3))])
      expect(file.reads.length).toBeLessThanOrEqual(2)
      for (const [, length] of file.reads) expect(length).toBeLessThanOrEqual(65536)
    }
  })

  test('pairs and pictures are found by any of their ids', async () => {
    const dataset = await openDataset(set)
    for (const [id, { instruction }] of sourcePairs.slice(0, 40)) {
      expect(await dataset.pairById(id)).toMatchObject({ id, instruction })
    }
    for (const [id, bytes] of sourceImages) {
      expect(Buffer.compare(await dataset.pictureById(id), bytes)).toBe(0)
    }
    const faults = [await faultOf(dataset.pairById('nobody')), await faultOf(dataset.pictureById('LA_IMG_9'))]
    expect(faults.map(({ code }) => code)).toEqual(['MIMICIT_NOT_FOUND', 'MIMICIT_NOT_FOUND'])
    expect(faults[1]!.message).toContain('one of 16 pictures')
    await dataset.close()
  })
})

describe('reads', () => {
  test('one picture is one read of exactly its bytes; cold, one index block of at most 64 KiB before it', async () => {
    const { store, reads } = recordingStore(set)
    const dataset = await openDataset(store)
    await dataset.picture(3)
    const blocks = reads.filter(({ path }) => path === 'index/media.loc')
    // The list of hashes when the index is opened, then one block.
    expect(blocks.map(({ length }) => length)).toEqual([32, 16 * 24])
    reads.length = 0
    const bytes = await dataset.picture(7)
    expect(reads).toEqual([{ path: 'media/00000.parquet', offset: expect.any(Number), length: bytes.byteLength }])
    const file = readFileSync(join(set, reads[0]!.path))
    expect(Buffer.compare(file.subarray(reads[0]!.offset, reads[0]!.offset + bytes.byteLength), bytes)).toBe(0)
    await dataset.close()
  })

  test.each([
    ['near', 512 << 10],
    ['far', 4 << 20],
  ])('pictures in order are fetched together %s, and are the same', async (where, readBytes) => {
    const { store, reads } = recordingStore(set)
    const open = async (path: string) => {
      const { localPath, ...file } = await store.open(path)
      return where === 'far' || localPath === undefined ? file : { ...file, localPath }
    }
    const dataset = await openDataset({ ...store, open })
    const rows: number[] = []
    for await (const [row, bytes] of dataset.pictures({ from: 2, to: 15 })) {
      rows.push(row)
      expect(Buffer.compare(bytes, sourceImages[row]![1])).toBe(0)
    }
    expect(rows).toEqual(Array.from({ length: 13 }, (_, i) => i + 2))
    const lengths = reads.filter(({ path }) => path.startsWith('media/')).map(({ length }) => length)
    // Two that follow each other would be too much for one.
    lengths.forEach((length, i) => {
      expect(length).toBeLessThanOrEqual(readBytes)
      if (i > 0) expect(length + lengths[i - 1]!).toBeGreaterThan(readBytes - 100)
    })
    await dataset.close()
  })

  test('ranges of pairs, and some columns only', async () => {
    const { store, reads } = recordingStore(set)
    const dataset = await openDataset(store)
    const ids: string[] = []
    for await (const [, pair] of dataset.pairs({ from: 10, to: 13 })) ids.push(pair.id)
    expect(ids).toEqual(sourcePairs.slice(10, 13).map(([id]) => id))
    reads.length = 0
    const subsets: unknown[] = []
    for await (const { columns } of dataset.columns('pairs', ['subset'])) subsets.push(...(columns.subset ?? []))
    expect(subsets).toHaveLength(sourcePairs.length)
    expect((await faultOf(dataset.pairs({ from: 5, to: 4 }).next())).code).toBe('MIMICIT_BAD_VALUE')
    await dataset.close()
  })

  test('a bit that flips in a text is found by whoever reads it, with the file and the bytes', async () => {
    const dir = copy()
    const path = join(dir, 'pairs', '00000.parquet')
    const bytes = readFileSync(path)
    bytes[Math.floor(bytes.byteLength / 3)]! ^= 1
    writeFileSync(path, bytes)
    const dataset = await openDataset(dir)
    const fault = await faultOf(dataset.pair(0))
    expect(fault.code).toBe('MIMICIT_CORRUPT')
    expect(fault.message).toMatch(/pairs\/00000\.parquet, bytes \d+ to \d+ .*another SHA-256/)
    await dataset.close()
  })
})

describe('sums', () => {
  test('pieces cover everything but what was skipped, whatever the portions, and are what is checked', async () => {
    const portion = fc.record({ length: fc.nat({ max: 3000 }), skipped: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(portion, { maxLength: 12 }), fc.nat(), fc.nat(), async (portions, a, b) => {
        const total = portions.reduce((sum, { length }) => sum + length, 0)
        const bytes = createHash('shake256', { outputLength: Math.max(1, total) })
          .digest()
          .subarray(0, total)
        const hasher = pieceHasher()
        let at = 0
        for (const { length, skipped } of portions) {
          if (skipped) hasher.skip(length)
          else hasher.add(bytes.subarray(at, at + length))
          at += length
        }
        const pieces = decodeSums(encodeSums([hasher.finish()]), [total], 'x')[0]!
        const covered = pieces.reduce((sum, { length }) => sum + length, 0)
        expect(covered).toBe(portions.reduce((sum, { length, skipped }) => sum + (skipped ? 0 : length), 0))
        const from = Math.min(a, b) % (total + 1)
        const to = from + (Math.max(a, b) % (total - from + 1))
        const file = checkedFile(bytesFile(bytes), pieces)
        expect(Buffer.compare(await file.read(from, to - from), bytes.subarray(from, to))).toBe(0)
        const piece = pieces.find(({ offset, length }) => offset < to && offset + length > from)
        if (piece === undefined) return
        const damaged = Buffer.from(bytes)
        damaged[piece.offset]! ^= 128
        expect((await faultOf(checkedFile(bytesFile(damaged), pieces).read(from, to - from))).code).toBe(
          'MIMICIT_CORRUPT',
        )
      }),
      { numRuns: 60 },
    )
  })

  test('a piece holds at most one MiB', () => {
    const hasher = pieceHasher()
    hasher.add(new Uint8Array(2.5 * PIECE_BYTES))
    expect(hasher.finish().map(({ offset, length }) => [offset, length])).toEqual([
      [0, PIECE_BYTES],
      [PIECE_BYTES, PIECE_BYTES],
      [2 * PIECE_BYTES, PIECE_BYTES / 2],
    ])
  })
})

test('pieces of however many shards are kept in the memory of one', async () => {
  const kept = keptPieces()
  const reads: number[] = []
  const shards = [1, 2, 3].map((fill) => {
    const bytes = Buffer.alloc(5 * PIECE_BYTES, fill)
    const hasher = pieceHasher()
    hasher.add(bytes)
    const file = bytesFile(bytes)
    const read = (offset: number, length: number) => {
      reads.push(fill)
      return file.read(offset, length)
    }
    return checkedFile({ ...file, read }, hasher.finish(), kept)
  })
  for (const shard of shards) await shard.read(0, 5 * PIECE_BYTES)
  expect(kept.bytes).toBeLessThanOrEqual(8 * PIECE_BYTES)
  expect(reads).toEqual([1, 2, 3].flatMap((fill) => Array(5).fill(fill)))
  // What was read last is at hand, and of its own shard.
  expect((await shards[2]!.read(7, 1))[0]).toBe(3)
  expect((await shards[1]!.read(4 * PIECE_BYTES, 1))[0]).toBe(2)
  expect(reads).toHaveLength(15)
})

describe('mimicit index', () => {
  const names = async (dir: string) => Object.keys((await readManifest(openDirectory(dir))).indexes)

  test('makes the bytes that were there', async () => {
    const { indexes, replaced } = await rebuildIndexes(set)
    expect([...indexes].sort()).toEqual((await names(set)).sort())
    expect(replaced).toEqual([])
  })

  test('a lost or damaged index comes back, and the data set is as it was', async () => {
    const dir = copy()
    for (const [i, name] of (await names(dir)).entries()) {
      const path = join(dir, 'index', name)
      if (i % 2 === 0) rmSync(path)
      else writeFileSync(path, Buffer.from(readFileSync(path)).fill(7))
    }
    expect((await verifyDataset(dir)).ok).toBe(false)
    expect([...(await rebuildIndexes(dir)).replaced].sort()).toEqual((await names(dir)).sort())
    for (const path of (await openDirectory(set).list())!.filter((each) => each !== 'provenance.json')) {
      expect(Buffer.compare(readFileSync(join(dir, path)), readFileSync(join(set, path))), path).toBe(0)
    }
    expect((await verifyDataset(dir)).ok).toBe(true)
  })

  test('those of a later generation come back where it wrote them, and earlier ones stay', async () => {
    const dir = copy()
    const dataset = await openDataset(set)
    const pair = await dataset.pair(0)
    await dataset.close()
    const writer = await appendDataset(dir)
    await writer.addPair({ ...pair, id: 'LA_INS_NEW' })
    await writer.finish({})
    const before = new Map((await openDirectory(dir).list()).map((path) => [path, readFileSync(join(dir, path))]))
    expect((await rebuildIndexes(dir)).replaced).toEqual([])
    rmSync(join(dir, 'index/generation-2/pairs.ids'))
    expect((await rebuildIndexes(dir)).replaced).toEqual(['pairs.ids'])
    expect(await openDirectory(dir).list()).toEqual([...before.keys()])
    for (const [path, bytes] of before) expect(readFileSync(join(dir, path)).equals(bytes), path).toBe(true)
    expect(await verifyDataset(dir)).toMatchObject({ ok: true, issues: [] })
  })

  test('nothing but indexes is written over, whatever the manifest says, and what a killed rebuild left goes', async () => {
    const dir = copy()
    const manifest = await readManifest(openDirectory(dir))
    const lying = { ...manifest.indexes['media.loc']!, path: manifest.tables.media.shards[0]!.path }
    const indexes = { ...manifest.indexes, 'media.loc': lying }
    writeFileSync(join(dir, 'manifest.json'), encodeCheckedJson({ ...manifest, indexes }))
    rmSync(join(dir, 'index/media.loc'))
    const left = join(dir, 'index.rebuild-4194305-abc')
    mkdirSync(left)
    expect((await rebuildIndexes(dir)).replaced).toEqual(['media.loc'])
    expect(existsSync(left)).toBe(false)
    for (const path of (await openDirectory(set).list()).filter((each) => each !== 'provenance.json')) {
      expect(Buffer.compare(readFileSync(join(dir, path)), readFileSync(join(set, path))), path).toBe(0)
    }
  })

  test('an index of damaged tables is refused', async () => {
    const dir = copy()
    const path = join(dir, 'media', '00000.parquet')
    const bytes = readFileSync(path)
    bytes[5000]! ^= 1
    writeFileSync(path, bytes)
    const fault = await faultOf(rebuildIndexes(dir))
    expect([fault.code, fault.parts.where]).toEqual(['MIMICIT_CORRUPT', 'media/00000.parquet'])
  })
})
