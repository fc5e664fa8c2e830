// A data set made of the fixtures and read back, against the source.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { beforeAll, describe, expect, test } from 'vitest'
import { openDirectory } from '../../src/io/directory.js'
import { type openStore, type ReadableFile, stores } from '../../src/io/store.js'
import { loadZstd } from '../../src/io/zstd.js'
import { type Dataset, openDataset } from '../../src/shards/dataset.js'
import { parseId } from '../../src/tuple/ids.js'
import { faultOf } from '../support/fault.js'
import { importFixtures, sourceImages, sourcePairs, sourceTrain } from '../support/fixtures.js'
import { recordingStore } from '../support/recording-store.js'
import { tempDir } from '../support/temp-dir.js'
import { writeDataset } from '../support/write-dataset.js'

const root = tempDir()
const out = join(root, 'set')
let dataset: Dataset

beforeAll(async () => {
  await importFixtures(out)
  dataset = await openDataset(out)
  return () => dataset.close()
})

describe('an imported data set', () => {
  test('has every picture of the source, byte for byte, under its id', async () => {
    expect(dataset.manifest.tables.media.rows).toBe(sourceImages.length)
    for (const [row, [id, bytes]] of sourceImages.entries()) {
      expect(Buffer.compare(await dataset.picture(row), bytes), id).toBe(0)
      const facts = await dataset.media(row)
      expect(facts).toMatchObject({
        ids: [id],
        format: 'jpeg',
        byteLength: bytes.byteLength,
        clip: null,
        frameTime: null,
      })
      expect(Buffer.from(facts.sha256).equals(createHash('sha256').update(bytes).digest())).toBe(true)
    }
  })

  test('has every pair of the source in order', async () => {
    const rowOf = new Map(sourceImages.map(([id], row) => [id, row]))
    const expected = sourcePairs.map(([id, pair]) => ({
      id,
      subset: parseId(id)!.task,
      split: null,
      language: 'en',
      instruction: pair.instruction,
      response: pair.answer,
      mediaKind: 'images',
      media: pair.image_ids.map((image) => rowOf.get(image)),
      mediaIds: pair.image_ids,
      mediaPositions: null,
      mediaTimes: null,
      metadata: null,
    }))
    const pairs = []
    for await (const [row, pair] of dataset.pairs()) {
      expect(row).toBe(pairs.length)
      pairs.push(pair)
    }
    expect(pairs).toEqual(expected)
    expect(await dataset.pair(7)).toEqual(expected[7])
  })

  test('has the contexts of the source under their names', async () => {
    const rowOf = new Map(sourcePairs.map(([id], row) => [id, row]))
    const sources = {
      rel_ins_ids: sourcePairs.map(([id, { rel_ins_ids }]) => [id, rel_ins_ids] as const),
      train: sourceTrain,
    }
    for (const [name, entries] of Object.entries(sources)) {
      const table = await dataset.context(name)
      expect([...table.queries]).toEqual(entries.map(([id]) => rowOf.get(id)))
      expect(table.everyPair).toBe(name === 'rel_ins_ids')
      expect(table.maxContexts).toBe(Math.max(...entries.map(([, ids]) => ids.length)))
      for (const [id, ids] of entries) {
        const query = rowOf.get(id)!
        expect(await table.get(query)).toEqual({ query, contexts: ids.map((one) => rowOf.get(one)), scores: null })
      }
    }
    const held = sourcePairs.findIndex(([id]) => !sourceTrain.some(([key]) => key === id))
    expect(await (await dataset.context('train')).get(held)).toBeUndefined()
  })

  test('counts what it holds', () => {
    const { subsets, statistics } = dataset.manifest
    expect(subsets.reduce((sum, { pairs }) => sum + pairs, 0)).toBe(sourcePairs.length)
    expect(statistics).toMatchObject({
      languages: { en: sourcePairs.length },
      splits: {},
      mediaKinds: { images: sourcePairs.length },
      mediaPerPair: { min: 1, max: 2 },
      pictureBytes: sourceImages.reduce((sum, [, bytes]) => sum + bytes.byteLength, 0),
      instructionCharacters: sourcePairs.reduce((sum, [, { instruction }]) => sum + instruction.length, 0),
    })
  })

  test('refuses rows and names that do not exist', async () => {
    for (const row of [-1, 16, 1.5, Number.NaN]) {
      const fault = await faultOf(dataset.picture(row))
      expect([fault.code, fault.parts.expected]).toEqual(['MIMICIT_BAD_VALUE', 'a media row from 0 to 15'])
      expect((await faultOf(dataset.media(row))).code).toBe('MIMICIT_BAD_VALUE')
    }
    expect((await faultOf(dataset.pair(sourcePairs.length))).message).toContain('a row from 0 to')
    const fault = await faultOf(dataset.context('clip'))
    expect([fault.code, fault.parts.expected]).toEqual(['MIMICIT_UNKNOWN_NAME', 'one of rel_ins_ids, train'])
  })

  test('refuses what callers without types may give', async () => {
    expect((await faultOf(dataset.pairById(7 as unknown as string))).parts.expected).toBe('an id, which is a text')
    const columns = async (table: string, names: string[]) => {
      for await (const _ of dataset.columns(table as 'pairs', names));
    }
    for (const wrong of [columns('pair', ['id']), columns('context/clip', ['query']), columns('pairs', ['ids'])]) {
      expect((await faultOf(wrong)).code).toBe('MIMICIT_UNKNOWN_NAME')
    }
    for (const source of [undefined, 5, {}]) {
      expect((await faultOf(openDataset(source as unknown as string))).parts.where).toBe('openDataset')
    }
  })

  test('columns of a row group are read once, whoever asks for which of them', async () => {
    const { store, reads } = recordingStore(out)
    const own = await openDataset(store)
    const facts = ['id', 'media']
    const first = await own.pairColumns(0, facts)
    expect(first.columns.id![0]).toEqual(sourcePairs[0]![0])
    const of = () => reads.filter(({ path }) => path.startsWith('pairs/')).length
    const before = of()
    expect(await own.pairColumns(first.rows - 1, facts)).toBe(first)
    expect(first.columns.id![first.rows - 1]).toBe(sourcePairs[first.rows - 1]![0])
    expect(of()).toBe(before)
    // Others join those that are there.
    const more = await own.pairColumns(1, ['id', 'instruction', 'media'])
    expect(more.columns.id).toBe(first.columns.id)
    expect(more.columns.media).toBe(first.columns.media)
    expect(await own.pair(1)).toMatchObject({ id: more.columns.id![1], instruction: more.columns.instruction![1] })
    const fault = await faultOf(own.pairColumns(0, ['id', 'pictures']))
    expect([fault.code, fault.parts.received]).toEqual(['MIMICIT_UNKNOWN_NAME', '"pictures"'])
    expect((await faultOf(own.pairColumns(-1, facts))).code).toBe('MIMICIT_BAD_VALUE')
    await own.close()
    expect((await faultOf(own.pairColumns(0, facts))).code).toBe('MIMICIT_BAD_VALUE')
  })

  test('reads nothing more when it was closed, so that no file is opened again', async () => {
    const own = await openDataset(out)
    await own.pair(0)
    await own.close()
    const reads = [own.pair(0), own.media(0), own.picture(0), own.pairById(sourcePairs[0]![0]), own.mediaRow('x')]
    const more = [own.pictureReads([0]), own.context('train'), own.pairs().next(), own.pictures().next()]
    for (const read of [...reads, ...more, own.columns('pairs', ['id']).next()]) {
      const { code, parts } = await faultOf(read)
      expect([code, parts.received]).toEqual(['MIMICIT_BAD_VALUE', 'one that was closed'])
    }
    await own.close()
  })

  test('a directory without a manifest is no data set', async () => {
    const fault = await faultOf(openDataset(root))
    expect(fault.code).toBe('MIMICIT_NOT_A_DATASET')
    expect(fault.message).toContain(root)
  })
})

test('the same source gives the same bytes, but for provenance.json', async () => {
  const other = join(root, 'again')
  await importFixtures(other)
  const files = (await openDirectory(out).list())!.filter((path) => path !== 'provenance.json')
  expect((await openDirectory(other).list())!.filter((path) => path !== 'provenance.json')).toEqual(files)
  expect(files).toEqual([
    'README.md',
    'context/rel_ins_ids/00000.parquet',
    'context/train/00000.parquet',
    'index/context/rel_ins_ids.sums',
    'index/context/train.sums',
    'index/media.ids',
    'index/media.loc',
    'index/media.sums',
    'index/pairs.ids',
    'index/pairs.sums',
    'manifest.json',
    'media/00000.parquet',
    'pairs/00000.parquet',
  ])
  for (const path of files) {
    expect(readFileSync(join(other, path)).equals(readFileSync(join(out, path))), path).toBe(true)
  }
})

test('a picture is exactly one read of exactly its bytes', async () => {
  const reads: [string, number, number][] = []
  const recording = (file: ReadableFile): ReadableFile => ({
    ...file,
    read: (offset, length) => {
      reads.push([file.path, offset, length])
      return file.read(offset, length)
    },
  })
  const opened = stores as Record<string, (location: string) => ReturnType<typeof openStore>>
  opened.recorded = (location) => {
    const store = openDirectory(location.slice('recorded://'.length))
    return { ...store, open: async (path) => recording(await store.open(path)) }
  }
  try {
    const watched = await openDataset(`recorded://${out}`)
    await watched.picture(3)
    const indexReads = reads.filter(([path]) => path === 'index/media.loc')
    expect(indexReads).toHaveLength(2)
    expect(reads).toHaveLength(3)
    reads.length = 0
    for (const row of [5, 3, 15]) {
      const bytes = await watched.picture(row)
      const [path, offset, length] = reads.at(-1)!
      expect([path, length]).toEqual(['media/00000.parquet', sourceImages[row]![1].byteLength])
      expect(
        readFileSync(join(out, path))
          .subarray(offset, offset + length)
          .equals(bytes),
      ).toBe(true)
    }
    expect(reads).toHaveLength(3)
    await watched.close()
  } finally {
    delete opened.recorded
  }
})

describe('another reader', () => {
  const compressors = async () => ({ ZSTD: (await loadZstd()).decompress })
  const rowsOf = async (path: string) => {
    const bytes = readFileSync(join(out, path))
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
    return parquetReadObjects({ file, compressors: await compressors(), utf8: false })
  }

  test('finds pictures as {bytes, path} with their facts', async () => {
    const rows = await rowsOf('media/00000.parquet')
    expect(rows).toHaveLength(sourceImages.length)
    for (const [i, [id, bytes]] of sourceImages.entries()) {
      const { image, ids, byte_length } = rows[i] as {
        image: { bytes: Uint8Array; path: string }
        ids: string[]
        byte_length: number
      }
      expect(Buffer.from(image.bytes).equals(bytes)).toBe(true)
      expect([image.path, ids, byte_length]).toEqual([`${id}.jpg`, [id], bytes.byteLength])
    }
  })

  test('finds pairs and contexts', async () => {
    const pairs = await rowsOf('pairs/00000.parquet')
    expect(pairs.map((row) => [row.id, row.instruction, row.response, row.media_ids])).toEqual(
      sourcePairs.map(([id, pair]) => [id, pair.instruction, pair.answer, pair.image_ids]),
    )
    const train = await rowsOf('context/train/00000.parquet')
    expect(train.map((row) => pairs[row.query as number]!.id)).toEqual(sourceTrain.map(([id]) => id))
    expect(train.map((row) => (row.contexts as number[]).map((at) => pairs[at]!.id))).toEqual(
      sourceTrain.map(([, ids]) => ids),
    )
  })

  test('finds the card with a config for each table', () => {
    const card = readFileSync(join(out, 'README.md'), 'utf8')
    const configs = [...card.matchAll(/config_name: (\S+)\n {2}data_files:\n {2}- split: train\n {4}path: (\S+)/g)]
    expect(configs.map(([, name, path]) => [name, path])).toEqual([
      ['pairs', 'pairs/*.parquet'],
      ['media', 'media/*.parquet'],
      ['context-rel_ins_ids', 'context/rel_ins_ids/*.parquet'],
      ['context-train', 'context/train/*.parquet'],
    ])
    expect(readdirSync(join(out, 'media'))).toEqual(['00000.parquet'])
  })

  test('finds no config in the card of an empty data set', async () => {
    const empty = join(root, 'empty')
    await writeDataset(empty, { pairs: [] })
    expect(readFileSync(join(empty, 'README.md'), 'utf8')).toMatch(/^---\nconfigs: \[\]\ndataset_info: \[\]\n---\n/)
  })
})
