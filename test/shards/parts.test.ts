// The parts of a data set one by one: picture spans, tables, index files, manifest, order key.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeCheckedJson } from '../../src/base/checked-json.js'
import { sha256 } from '../../src/base/hash.js'
import { openDirectory, openFile } from '../../src/io/directory.js'
import { createDataset } from '../../src/shards/dataset-writer.js'
import { INDEX_BLOCK_BYTES, openIndexFile, writeIndexFile } from '../../src/shards/index-file.js'
import { decodeManifest, type Manifest } from '../../src/shards/manifest.js'
import { decodeMediaLocation, encodeMediaLocations, MEDIA_LOCATION_BYTES } from '../../src/shards/media-location.js'
import { orderKey, orderKeyTable } from '../../src/shards/order-key.js'
import type { Span } from '../../src/shards/picture-spans.js'
import { pictureSpans } from '../../src/shards/picture-spans.js'
import { openTable } from '../../src/shards/table-reader.js'
import { contextSchema, mediaSchema, pairsSchema } from '../../src/shards/table-schema.js'
import { createTableWriter } from '../../src/shards/table-writer.js'
import { faultOf } from '../support/fault.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()

test('picture spans: counting back from the end of each page finds every value of any layout', () => {
  const page = fc.tuple(fc.nat(50), fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 1, maxLength: 5 }))
  fc.assert(
    fc.property(fc.array(page, { maxLength: 6 }), (pages) => {
      const parts: Uint8Array[] = []
      const spans: { end: number; firstRow: number; lastRow: number }[] = []
      const values: Uint8Array[] = []
      let end = 0
      for (const [header, pictures] of pages) {
        const bytes = [Buffer.alloc(header, 0xee)]
        for (const picture of pictures) {
          const length = Buffer.alloc(4)
          length.writeUInt32LE(picture.byteLength)
          bytes.push(length, Buffer.from(picture))
        }
        const whole = Buffer.concat(bytes)
        parts.push(whole)
        end += whole.byteLength
        spans.push({ end, firstRow: values.length, lastRow: values.length + pictures.length })
        values.push(...pictures)
      }
      const file = Buffer.concat(parts)
      const found = pictureSpans(
        spans,
        values.map((value) => value.byteLength),
      )
      expect(found.map(({ offset, length }) => [...file.subarray(offset, offset + length)])).toEqual(
        values.map((value) => [...value]),
      )
    }),
    { numRuns: 60 },
  )
})

describe('tables', () => {
  let made = 0
  const picture = fc.oneof(
    fc.uint8Array({ maxLength: 30 }),
    fc.integer({ min: 4000, max: 9000 }).map((length) => new Uint8Array(length).fill(length % 251)),
  )

  test('of several shards and row groups give back every row, and the place of every picture', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(picture, { minLength: 1, maxLength: 25 }), async (pictures) => {
        const name = `media-${made++}`
        const places: (Span & { readonly shard: number })[] = []
        const sizes = { rowGroupBytes: 12_000, rowGroupRows: 4, shardBytes: 20_000 }
        const writer = await createTableWriter(root, name, mediaSchema, sizes, (shard, spans) => {
          places.push(...spans.map((span) => ({ ...span, shard })))
        })
        const rows = pictures.map((bytes, i) => ({
          ids: i % 3 === 0 ? [`p${i}`] : [`p${i}`, `ä${i}`],
          image: { bytes, path: `p${i}.png` },
          width: i,
          height: 2,
          byte_length: bytes.byteLength,
          format: 'png',
          clip: i % 2 === 0 ? null : 'clip',
          frame_time: i % 2 === 0 ? null : i / 2,
          sha256: sha256(bytes),
        }))
        for (const row of rows) await writer.add(row, row.byte_length)
        const { shards, blocks } = await writer.finish()
        expect(blocks.reduce((sum, block) => sum + block, 0)).toBe(rows.length)
        expect(shards.flatMap(({ rowGroups }) => rowGroups.map((group) => group.rows))).toEqual(blocks)
        for (const [i, { shard, offset, length }] of places.entries()) {
          const file = readFileSync(join(root, shards[shard]!.path))
          expect(Buffer.compare(file.subarray(offset, offset + length), pictures[i]!)).toBe(0)
        }
        for (const { path, bytes, sha256: hash } of shards) {
          const file = readFileSync(join(root, path))
          expect([file.byteLength, createHash('sha256').update(file).digest('hex')]).toEqual([bytes, hash])
        }
        const table = openTable(
          openDirectory(root),
          shards,
          mediaSchema.columns.map((column) => column.name),
        )
        const back: Record<string, unknown>[] = []
        for await (const { rows: count, columns } of table.groups()) {
          for (let i = 0; i < count; i++)
            back.push(Object.fromEntries(Object.entries(columns).map(([key, v]) => [key, v[i]])))
        }
        const plain = (row: Record<string, unknown>) => {
          const { image, sha256: hash, clip, frame_time, ...rest } = row as (typeof rows)[number]
          return {
            ...rest,
            bytes: [...image.bytes],
            path: image.path,
            hash: [...hash],
            clip: clip ?? null,
            time: frame_time ?? null,
          }
        }
        expect(back.map(plain)).toEqual(rows.map(plain))
        const last = await table.groupOf(rows.length - 1)
        expect(last.firstRow + last.rows).toBe(rows.length)
        await table.close()
      }),
      { numRuns: 15 },
    )
  })

  test('of text keep any text, empty lists and nulls', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 12 })
    const row = fc.record({
      id: text,
      subset: text,
      split: fc.constantFrom(null, 'train'),
      language: fc.constant('en'),
      instruction: text,
      response: text,
      media_kind: fc.constant('images'),
      media: fc.array(fc.nat(), { maxLength: 3 }),
      media_ids: fc.array(text, { maxLength: 3 }),
      media_positions: fc.option(fc.array(fc.nat(), { maxLength: 2 })),
      media_times: fc.option(fc.array(fc.double({ noNaN: true }), { maxLength: 2 })),
      metadata: fc.option(text),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), async (rows) => {
        const sizes = { rowGroupBytes: 300, rowGroupRows: 3, shardBytes: 3000 }
        const writer = await createTableWriter(root, `pairs-${made++}`, pairsSchema, sizes)
        for (const one of rows) await writer.add(one, 100)
        const { shards } = await writer.finish()
        const names = pairsSchema.columns.map((column) => column.name)
        const table = openTable(openDirectory(root), shards, names)
        const back: unknown[] = []
        for (let at = 0; at < rows.length; at++) {
          const group = await table.groupOf(at)
          back.push(Object.fromEntries(names.map((name) => [name, group.columns[name]![at - group.firstRow] ?? null])))
        }
        expect(JSON.parse(JSON.stringify(back))).toEqual(JSON.parse(JSON.stringify(rows)))
        await table.close()
      }),
      { numRuns: 25 },
    )
  })

  test('a text above one MiB, the limit of a zstd frame, comes back', async () => {
    const long = 'in the picture, ä '.repeat(200_000)
    const writer = await createTableWriter(root, 'long', contextSchema, {
      rowGroupBytes: 1e9,
      rowGroupRows: 1e6,
      shardBytes: 1e9,
    })
    for (let query = 0; query < 3; query++) {
      await writer.add(
        { query, contexts: Array.from({ length: 400_000 }, (_, i) => (i * 7919) % 100_003), scores: null },
        1,
      )
    }
    const { shards } = await writer.finish()
    const table = openTable(openDirectory(root), shards, ['contexts'])
    const { columns } = await table.groupOf(2)
    expect((columns.contexts![2] as number[]).slice(-2)).toEqual([399_998, 399_999].map((i) => (i * 7919) % 100_003))
    await table.close()
    const pairs = await createTableWriter(root, 'long-pairs', pairsSchema, {
      rowGroupBytes: 1e9,
      rowGroupRows: 9,
      shardBytes: 1e9,
    })
    const nothing = { split: null, media_positions: null, media_times: null, metadata: null, media: [], media_ids: [] }
    await pairs.add(
      { id: 'a', subset: 's', language: 'en', instruction: long, response: '', media_kind: 'none', ...nothing },
      1,
    )
    const finished = await pairs.finish()
    const reader = openTable(openDirectory(root), finished.shards, ['instruction'])
    expect((await reader.groupOf(0)).columns.instruction![0] === long).toBe(true)
    await reader.close()
  })

  test('a shard that is not the one of the manifest is MIMICIT_CORRUPT', async () => {
    const writer = await createTableWriter(root, 'other', contextSchema, {
      rowGroupBytes: 1e6,
      rowGroupRows: 2,
      shardBytes: 1e9,
    })
    for (let query = 0; query < 4; query++) await writer.add({ query, contexts: [1], scores: [0.5] }, 10)
    const { shards } = await writer.finish()
    const shard = shards[0]!
    const path = join(root, shard.path)
    const bytes = readFileSync(path)
    const open = async (record: typeof shard) => {
      const table = openTable(openDirectory(root), [record], ['query', 'contexts'])
      return table.groupOf(0).finally(() => table.close())
    }
    expect((await open(shard)).columns.contexts).toEqual([[1], [1]])
    const faults = [
      await faultOf(open({ ...shard, bytes: shard.bytes + 1 })),
      await faultOf(open({ ...shard, rowGroups: [{ ...shard.rowGroups[0]!, rows: 4 }] })),
    ]
    for (const at of [bytes.byteLength - 5, bytes.byteLength - 40, 30]) {
      const damaged = Buffer.from(bytes)
      damaged.fill(0xff, at, at + 4)
      writeFileSync(path, damaged)
      faults.push(await faultOf(open(shard)))
    }
    writeFileSync(path, bytes)
    for (const fault of faults) {
      expect(fault.code).toBe('MIMICIT_CORRUPT')
      expect(fault.message).toContain(shard.path)
    }
  })
})

describe('index files', () => {
  const records = Buffer.from(Array.from({ length: 24 * 6000 }, (_, i) => (i * 31) % 256))
  const write = (name: string) => writeIndexFile(root, name, 24, [records.subarray(0, 100), records.subarray(100)])

  test('give every record, also those that lie across two blocks', async () => {
    const facts = await write('whole.loc')
    expect(facts).toMatchObject({ records: 6000, recordBytes: 24, bytes: records.byteLength + 3 * 32 })
    const file = await openFile(join(root, 'whole.loc'))
    const index = await openIndexFile(file, facts)
    const across = Math.floor(INDEX_BLOCK_BYTES / 24)
    for (const i of [0, 1, across - 1, across, across + 1, 2 * across + 1, 5999]) {
      const view = await index.record(i)
      expect(Buffer.from(view.buffer, view.byteOffset, 24).equals(records.subarray(i * 24, i * 24 + 24)), `${i}`).toBe(
        true,
      )
    }
    await file.close()
  })

  test('find a flipped bit in any block and in the hashes, and a wrong size', async () => {
    const facts = await write('flipped.loc')
    const path = join(root, 'flipped.loc')
    const bytes = readFileSync(path)
    const readAll = async () => {
      const file = await openFile(path)
      try {
        const index = await openIndexFile(file, facts)
        for (let i = 0; i < 6000; i++) await index.record(i)
      } finally {
        await file.close()
      }
    }
    await readAll()
    for (const at of [0, 65535, 65536, records.byteLength - 1, records.byteLength, bytes.byteLength - 1]) {
      const damaged = Buffer.from(bytes)
      damaged[at]! ^= 4
      writeFileSync(path, damaged)
      const fault = await faultOf(readAll())
      expect([fault.code, fault.message.includes('flipped.loc')]).toEqual(['MIMICIT_CORRUPT', true])
    }
    for (const wrong of [bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.of(0)])]) {
      writeFileSync(path, wrong)
      expect((await faultOf(readAll())).message).toContain(`a file of ${wrong.byteLength} bytes`)
    }
  })

  test('an index of nothing is a file of nothing', async () => {
    const facts = await writeIndexFile(root, 'empty.loc', 24, [])
    expect(facts).toMatchObject({ records: 0, bytes: 0 })
    const file = await openFile(join(root, 'empty.loc'))
    expect((await openIndexFile(file, facts)).records).toBe(0)
    await file.close()
  })

  test('locations: round trip and golden bytes', () => {
    const location = fc.record({
      offset: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      length: fc.nat({ max: 2 ** 32 - 1 }),
      hashPrefix: fc.uint8Array({ minLength: 8, maxLength: 8 }),
    })
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 32 - 1 }), fc.array(location, { maxLength: 5 }), (shard, locations) => {
        const hashes = locations.map(({ hashPrefix }) => Uint8Array.of(...hashPrefix, 99))
        const bytes = encodeMediaLocations(shard, locations, hashes)
        const back = locations.map((_, i) =>
          decodeMediaLocation(new DataView(bytes.buffer, i * MEDIA_LOCATION_BYTES, 24)),
        )
        expect(back).toEqual(locations.map((each) => ({ shard, ...each })))
      }),
    )
    const span = { offset: 2 ** 32 + 5, length: 258 }
    const golden = encodeMediaLocations(1, [span], [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)])
    expect(Buffer.from(golden).toString('hex')).toBe('010000000500000001000000020100000102030405060708')
  })
})

describe('the order key', () => {
  const keyOf = (pairs: string[], media: string[][], blocks = [2]) => {
    const p = orderKeyTable('pairs')
    for (const id of pairs) p.row([id])
    const m = orderKeyTable('media')
    for (const ids of media) m.row(ids)
    return orderKey(p.finish(blocks), m.finish([media.length]))
  }

  // Golden: a data set's shuffled order hangs on it. It never changes within format version 1; schema/FORMAT.md says how
  // it is made, and this is the same computation written out.
  test('golden vector', () => {
    const u32 = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer)
    const hash = (...parts: (string | Uint8Array)[]) => {
      const sum = createHash('sha256')
      for (const part of parts) sum.update(part)
      return sum.digest()
    }
    const pairs = hash('pairs\n', u32(1, 1), 'a', u32(1, 2), 'ü', u32(2, 2))
    const media = hash('media\n', u32(2, 1), 'x', u32(1), 'y', u32(1, 1))
    expect(keyOf(['a', 'ü'], [['x', 'y']])).toBe(hash('mimicit order key 1\n', pairs, media).toString('hex'))
    expect(keyOf(['a', 'ü'], [['x', 'y']])).toBe('8c4ad960024a045b046d90db6e3839379c5ae5a25cc06545dd60f29242f5c953')
  })

  test('changes with any id, any order, any block', () => {
    const keys = [
      keyOf(['a', 'b'], [['x']]),
      keyOf(['b', 'a'], [['x']]),
      keyOf(['a', 'c'], [['x']]),
      keyOf(['ab', ''], [['x']]),
      keyOf(['a', 'b'], [['y']]),
      keyOf(['a', 'b'], [['x', 'z']]),
      keyOf(['a', 'b'], [['x'], ['z']]),
      keyOf(['a', 'b'], [['x']], [1, 1]),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })
})

describe('the manifest', () => {
  const sound = async (): Promise<Manifest> => {
    const path = join(root, `tiny-${Math.trunc(performance.now() * 1000)}`)
    const writer = await createDataset(path)
    await writer.context('mine', { name: 'stored', parameters: { k: 1 } })
    return writer.finish({})
  }
  const decode = (manifest: object) => decodeManifest(encodeCheckedJson(manifest), 'x/manifest.json')

  test('round trip, of a data set of nothing at that', async () => {
    const manifest = await sound()
    expect(decode(manifest)).toEqual(manifest)
    expect(manifest.tables.pairs).toEqual({ rows: 0, shards: [], blocks: [] })
  })

  test('a newer version is not guessed at', async () => {
    const fault = await faultOf(async () => decode({ ...(await sound()), version: 2 }))
    expect([fault.code, fault.parts.received]).toEqual(['MIMICIT_UNSUPPORTED', 'version 2'])
  })

  test.each<[string, (manifest: Record<string, unknown>) => void, string]>([
    ['another format', (m) => Object.assign(m, { format: 'webdataset' }), 'at format'],
    ['a missing field', (m) => delete m.orderKey, 'at orderKey'],
    ['an unknown field', (m) => Object.assign(m, { extra: 1 }), 'extra'],
    ['a key that is no hash', (m) => Object.assign(m, { orderKey: 'ABC' }), 'at orderKey'],
    ['a context name that leaves the directory', (m) => Object.assign(m, { contexts: { '../x': {} } }), 'at contexts'],
    [
      'a path that leaves the directory',
      (m) => Object.assign((m.indexes as { 'media.loc': object })['media.loc'], { path: 'index/../../x' }),
      'at indexes.media.loc.path',
    ],
  ])('%s is refused', async (_, change, part) => {
    const manifest = structuredClone(await sound()) as unknown as Record<string, unknown>
    change(manifest)
    const fault = await faultOf(() => decode(manifest))
    expect(fault.code).toBe('MIMICIT_BAD_MANIFEST')
    expect(fault.message).toContain(part)
    expect(fault.message).toContain('x/manifest.json')
  })

  test('a wrong checksum is refused before anything is read', async () => {
    const text = encodeCheckedJson(await sound()).replace('"generation": 1', '"generation": 2')
    const fault = await faultOf(() => decodeManifest(text, 'm'))
    expect(fault.code).toBe('MIMICIT_BAD_MANIFEST')
    expect(fault.message).toContain('SHA-256')
  })

  test('a context with a name that no manifest may hold is refused when it is begun', async () => {
    const writer = await createDataset(join(root, 'names'))
    const fault = await faultOf(writer.context('a/b', { name: 'stored', parameters: {} }))
    expect([fault.code, fault.message.includes('"a/b"')]).toEqual(['MIMICIT_BAD_VALUE', true])
    await writer.abort()
  })
})
