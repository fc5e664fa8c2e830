// What the store costs: opening, text in order, pictures in order and at random, bytes on disk; against hyparquet alone,
// DuckDB, and a bare pread. `npm run bench -- shards [pairs]` (2,800,000 unless said otherwise; they are made on the way).
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { type FileHandle, open, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { CompressionType, compressionRegistry, tableFromIPC } from 'apache-arrow'
import { parquetMetadataAsync, parquetScan } from 'hyparquet'
import { loadZstd, zstdContentSize } from '../src/io/zstd.js'
import { rewriteDataset } from '../src/layout/rewrite.js'
import { openDataset } from '../src/shards/dataset.js'
import { createDataset } from '../src/shards/dataset-writer.js'
import { type Bench, interleaved, median, timed } from './harness.js'
import { inProcess } from './in-process.js'
import { integrity, pictureMemory, pictures } from './pictures.js'
import { syntheticPair } from './synthetic.js'

/** Measures the store. */
export const shardsBench: Bench = async (report, [largest = '2800000']) => {
  const root = mkdtempSync(join(tmpdir(), 'mimicit-bench-'))
  try {
    for (const size of [100_000, 10_000]) await pictures(root, size, report)
    await pictureMemory(root, report)
    await integrity(root, report)
    for (const count of [10_000, 300_000, Number(largest)]) await texts(root, count, report)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

type Report = Parameters<Bench>[0]

async function texts(root: string, count: number, report: Report): Promise<void> {
  const dir = join(root, `pairs-${count}`)
  const name = `${count.toLocaleString('en-US')} pairs`
  let characters = 0
  const write = async (out: string, threads?: number) => {
    const writer = await createDataset(out, { threads })
    characters = 0
    for (let i = 0; i < count; i++) {
      const pair = syntheticPair(i)
      characters += pair.instruction.length + pair.response.length
      await writer.addPair(pair)
    }
    await writer.finish({ tool: 'bench' })
  }
  const scratch = async (threads?: number) => {
    await write(`${dir}-scratch`, threads)
    rmSync(`${dir}-scratch`, { recursive: true, force: true })
  }
  // The first of all writes is that of a cold process: it does not count, or one of two contenders would have it.
  if (count <= 1e6) await scratch(0)
  const writing = await timed(() => write(dir))
  const alone = count > 1e6 ? undefined : await timed(() => scratch(0))
  report({
    metric: `${name}: written`,
    value: (count / writing) * 1000,
    unit: 'rows/s',
    ...(alone !== undefined && { rival: 'one thread', ratio: alone / writing }),
  })
  const openings: Opening[] = []
  for (let i = 0; i < 5; i++) openings.push(await inProcess<Opening>('open-dataset.js', dir, String(count - 1)))
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
  const times = await interleaved(rounds, {
    ours: async () => {
      for await (const _ of dataset.columns('pairs', columns));
    },
    pairs: async () => {
      // Opened anew each time: the row groups of a small data set would stay in memory.
      const fresh = await openDataset(dir)
      let read = 0
      for await (const [, pair] of fresh.pairs()) read += pair.response.length
      if (read === 0) throw new Error('nothing was read')
      await fresh.close()
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
  if (count <= 300_000) await arrowForm(dir, count, columns, report)
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
  await dataset.close()
  rmSync(dir, { recursive: true })
}

/** The same columns from the second form, against apache-arrow alone. */
async function arrowForm(dir: string, count: number, columns: readonly string[], report: Report): Promise<void> {
  const out = `${dir}-arrow`
  await rewriteDataset({ source: dir, out, form: 'arrow' })
  const { decompress } = await loadZstd()
  compressionRegistry.set(CompressionType.ZSTD, { decode: (frame) => decompress(frame, zstdContentSize(frame)) })
  const dataset = await openDataset(out)
  const paths = dataset.manifest.tables.pairs.shards.map(({ path }) => join(out, path))
  const times = await interleaved(3, {
    async ours() {
      for await (const _ of dataset.columns('pairs', columns));
    },
    async arrow() {
      for (const path of paths) {
        const table = tableFromIPC(await readFile(path))
        for (const column of columns) table.getChild(column)!.toArray()
      }
    },
  })
  report({
    metric: `${count.toLocaleString('en-US')} pairs, Arrow form: four columns in order, checked`,
    value: (count / times.ours) * 1000,
    unit: 'rows/s',
    rival: 'apache-arrow without checks',
    ratio: times.arrow / times.ours,
  })
  await dataset.close()
  rmSync(out, { recursive: true })
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
interface Opening {
  readonly openMs: number
  readonly firstPairMs: number
  readonly rssMb: number
}
