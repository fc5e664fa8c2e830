// What the store costs: opening, text in order, pictures in order and at random, bytes on disk; against hyparquet alone,
// DuckDB, and a bare pread. `npm run bench -- shards [pairs]` (2,800,000 unless said otherwise; they are made on the way).
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import { parquetMetadataAsync, parquetScan } from 'hyparquet'
import { sha256 } from '../src/base/hash.js'
import { randomStream } from '../src/base/random.js'
import { loadZstd } from '../src/io/zstd.js'
import { type Dataset, openDataset } from '../src/shards/dataset.js'
import { createDataset } from '../src/shards/dataset-writer.js'
import { decodeMediaLocation } from '../src/shards/media-location.js'
import { type Bench, interleaved, median, percentile, timed } from './harness.js'
import { syntheticPair, writeSyntheticPictures } from './synthetic.js'

/** Measures the store. */
export const shardsBench: Bench = async (report, [largest = '2800000']) => {
  const root = mkdtempSync(join(tmpdir(), 'mimicit-bench-'))
  try {
    for (const size of [100_000, 10_000]) await pictures(root, size, report)
    for (const count of [10_000, 300_000, Number(largest)]) await texts(root, count, report)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

type Report = Parameters<Bench>[0]

async function pictures(root: string, size: number, report: Report): Promise<void> {
  const dir = join(root, `pictures-${size}`)
  const count = Math.floor(200e6 / size)
  const { pictureBytes } = await writeSyntheticPictures(dir, count, size)
  const name = `${size / 1000} KB pictures`
  const dataset = await openDataset(dir)
  const shards = dataset.manifest.tables.media.shards
  const onDisk = [...shards, ...Object.values(dataset.manifest.indexes)].reduce((sum, { bytes }) => sum + bytes, 0)
  report({ metric: `${name}: bytes on disk / picture bytes`, value: onDisk / pictureBytes, unit: 'x', bound: 1 })
  const files = await Promise.all(shards.map((shard) => open(join(dir, shard.path), 'r')))
  const places = await placesOf(dataset, count)
  const pread = async (row: number) => {
    const place = places[row]!
    const bytes = Buffer.allocUnsafeSlow(place.length)
    await files[place.shard]!.read(bytes, 0, place.length, place.offset)
    return sha256(bytes)
  }
  const random = randomStream('bench', size)
  const rows = Array.from({ length: 2000 }, () => random.below(count))
  const [ours, bare] = await each(rows, [(row) => dataset.picture(row), pread])
  report({
    metric: `${name}: one at random, p50`,
    value: median(ours!),
    unit: 'ms',
    bound: median(bare!),
    rival: 'pread + SHA-256',
    ratio: median(ours!) / median(bare!),
  })
  report({
    metric: `${name}: one at random, p99`,
    value: percentile(ours!, 0.99),
    unit: 'ms',
    bound: percentile(bare!, 0.99),
  })

  const plain = await plainReader(files[0]!, join(dir, shards[0]!.path))
  const times = await interleaved(5, {
    ours: async () => {
      for await (const _ of dataset.pictures());
    },
    hyparquet: () => plain(['image']),
    pread: async () => {
      for (let row = 0; row < count; row++) await pread(row)
    },
  })
  report({
    metric: `${name}: in order, checked`,
    value: (pictureBytes / times.ours) * 1e-3,
    unit: 'MB/s',
    bound: (pictureBytes / times.pread) * 1e-3,
    rival: 'hyparquet without checks (bound: pread + SHA-256 one by one)',
    ratio: times.hyparquet / times.ours,
  })
  for (const file of files) await file.close()
  await dataset.close()
  rmSync(dir, { recursive: true })
}

async function texts(root: string, count: number, report: Report): Promise<void> {
  const dir = join(root, `pairs-${count}`)
  const name = `${count.toLocaleString('en-US')} pairs`
  const writer = await createDataset(dir)
  let characters = 0
  const writing = await timed(async () => {
    for (let i = 0; i < count; i++) {
      const pair = syntheticPair(i)
      characters += pair.instruction.length + pair.response.length
      await writer.addPair(pair)
    }
    await writer.finish({ tool: 'bench' })
  })
  report({ metric: `${name}: written`, value: (count / writing) * 1000, unit: 'rows/s' })
  const openings: Opening[] = []
  for (let i = 0; i < 5; i++) openings.push(await inProcess(dir, count - 1))
  const of = (key: keyof Opening) => median(openings.map((opening) => opening[key]))
  report({ metric: `${name}: open`, value: of('openMs'), unit: 'ms' })
  report({ metric: `${name}: first pair, opening included`, value: of('firstPairMs'), unit: 'ms' })
  report({ metric: `${name}: memory after the first pair`, value: of('rssMb'), unit: 'MB' })

  const dataset = await openDataset(dir)
  const shards = dataset.manifest.tables.pairs.shards
  const files = await Promise.all(shards.map((shard) => open(join(dir, shard.path), 'r')))
  const columns = ['id', 'instruction', 'response', 'media']
  const plains = await Promise.all(files.map((file, i) => plainReader(file, join(dir, shards[i]!.path))))
  const duck = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
  const rounds = count > 1e6 ? 1 : 3
  const fresh = await openDataset(dir)
  const times = await interleaved(rounds, {
    ours: async () => {
      for await (const _ of dataset.columns('pairs', columns));
    },
    pairs: async () => {
      let read = 0
      for await (const [, pair] of fresh.pairs()) read += pair.response.length
      if (read === 0) throw new Error('nothing was read')
    },
    hyparquet: async () => {
      for (const plain of plains) await plain(columns)
    },
    duckdb: async () => {
      const result = await duck.stream(`select ${columns.join(', ')} from '${dir}/pairs/*.parquet'`)
      for (;;) {
        const chunk = await result.fetchChunk()
        if (chunk === null || chunk.rowCount === 0) break
        chunk.getRows()
      }
    },
  })
  const rate = (ms: number) => (count / ms) * 1000
  report({
    metric: `${name}: four columns in order, checked`,
    value: rate(times.ours),
    unit: 'rows/s',
    rival: 'hyparquet without checks',
    ratio: times.hyparquet / times.ours,
  })
  report({ metric: `${name}: four columns in order, checked`, value: (characters / times.ours) * 1e-3, unit: 'MB/s' })
  report({
    metric: `${name}: whole pairs in order, checked`,
    value: rate(times.pairs),
    unit: 'rows/s',
    rival: 'DuckDB to JS rows, four columns, one thread',
    ratio: times.duckdb / times.pairs,
  })
  for (const file of files) await file.close()
  duck.closeSync()
  await fresh.close()
  await dataset.close()
  rmSync(dir, { recursive: true })
}

/** Milliseconds of each call, the contenders taking turns. */
async function each(rows: readonly number[], contenders: readonly ((row: number) => Promise<unknown>)[]) {
  const times = contenders.map(() => [] as number[])
  for (const row of rows) {
    for (const [i, contender] of contenders.entries()) times[i]!.push(await timed(() => contender(row)))
  }
  return times.map((ms) => ms.slice(ms.length / 10))
}

async function placesOf(dataset: Dataset, count: number) {
  const record = dataset.manifest.indexes['media.loc']!
  const bytes = await dataset.store.readAll(record.path)
  return Array.from({ length: count }, (_, row) =>
    decodeMediaLocation(new DataView(bytes.buffer, bytes.byteOffset + row * 24, 24)),
  )
}

/** Reads columns of a whole shard with hyparquet alone, row group by row group, without any check of ours. */
async function plainReader(handle: FileHandle, path: string) {
  const { decompress } = await loadZstd()
  const file = {
    byteLength: statSync(path).size,
    slice: async (start: number, end = statSync(path).size) => {
      const bytes = Buffer.allocUnsafeSlow(end - start)
      await handle.read(bytes, 0, end - start, start)
      return bytes.buffer as ArrayBuffer
    },
  }
  const metadata = await parquetMetadataAsync(file)
  return async (columns: string[]) => {
    let rowStart = 0
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows)
      const options = { file, metadata, columns, compressors: { ZSTD: decompress }, utf8: false, rowStart, rowEnd }
      const scan = await parquetScan(options)
      await Promise.all(columns.map((column) => scan.readColumn({ column, rowStart, rowEnd })))
      rowStart = rowEnd
    }
  }
}

/** What a fresh process measures of opening a data set. */
export interface Opening {
  readonly openMs: number
  readonly firstPairMs: number
  readonly rssMb: number
}

/** Opens a data set in a process of its own, so that nothing is warm but the disk's cache. */
function inProcess(dir: string, row: number): Promise<Opening> {
  const child = fork(fileURLToPath(new URL('open-dataset.js', import.meta.url)), [dir, String(row)])
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as Opening))
    child.once('error', reject)
  })
}
