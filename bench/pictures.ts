// What pictures cost: bytes on disk, one at random, all in order, memory by their number, and the check of their hashes as
// a share of decoding them.
import { rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sha256 } from '../src/base/hash.js'
import { randomStream } from '../src/base/random.js'
import { importMimicIt } from '../src/import/mimic-it/index.js'
import { openDirectory } from '../src/io/directory.js'
import { type Dataset, openDataset } from '../src/shards/dataset.js'
import { decodeMediaLocation } from '../src/shards/media-location.js'
import { decodeWithSharp } from '../src/vision/decode.js'
import { transforms } from '../src/vision/transforms.js'
import { type Bench, interleaved, median, percentile, timed } from './harness.js'
import { inProcess } from './in-process.js'
import { compareStreams } from './picture-stream/compare.js'
import { writeSyntheticPictures } from './synthetic.js'

type Report = Parameters<Bench>[0]

/** Pictures of one size: on disk, at random, in order. */
export async function pictures(root: string, size: number, report: Report): Promise<void> {
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
  const counted = await countReads(dir, rows)
  report({ metric: `${name}: reads for one at random`, value: counted.reads, unit: 'reads', bound: 1 })
  report({ metric: `${name}: bytes read for one at random`, value: counted.bytes, unit: 'bytes', bound: size })
  const streams = await compareStreams(dir)
  const rate = (ms: number) => (pictureBytes / ms) * 1e-3
  report({
    metric: `${name}: in order, checked`,
    value: rate(streams.ours),
    unit: 'MB/s',
    bound: rate(streams.bound),
    rival: 'hyparquet alone, without checks (bound: pread + SHA-256 on all cores, into one buffer each)',
    ratio: streams.hyparquet / streams.ours,
  })
  for (const [what, ms] of [
    ['pread + SHA-256 on all cores, the bytes thrown away', streams.bound],
    ['pread + SHA-256 on all cores, the bytes handed to one thread', streams.handed],
    ['pread + SHA-256 one by one', streams.pread],
  ] as const) {
    report({
      metric: `${name}: ${what}`,
      value: rate(ms),
      unit: 'MB/s',
      rival: 'hyparquet alone, without checks',
      ratio: streams.hyparquet / ms,
    })
  }
  for (const file of files) await file.close()
  await dataset.close()
  rmSync(dir, { recursive: true })
}

/** Memory of a process that reads 2,000 pictures at random out of few and out of many. */
export async function pictureMemory(root: string, report: Report): Promise<void> {
  for (const count of [2_000, 200_000]) {
    const dir = join(root, `many-${count}`)
    await writeSyntheticPictures(dir, count, 1000)
    const rss = []
    for (let i = 0; i < 3; i++) rss.push((await inProcess<{ rssMb: number }>('open-pictures.js', dir)).rssMb)
    report({
      metric: `${count.toLocaleString('en-US')} pictures: memory after 2,000 at random`,
      value: median(rss),
      unit: 'MB',
    })
    rmSync(dir, { recursive: true })
  }
}

/** Decoding real pictures read through the store, against the same without any check. */
export async function integrity(root: string, report: Report): Promise<void> {
  const folder = fileURLToPath(new URL('../fixtures/mimicit/', import.meta.url))
  const dir = join(root, 'real')
  await importMimicIt({
    instructions: [join(folder, 'LA_instructions.json')],
    images: [join(folder, 'LA.json')],
    out: dir,
  })
  const dataset = await openDataset(dir)
  const files: Uint8Array[] = []
  for await (const [, bytes] of dataset.pictures()) files.push(bytes)
  await dataset.close()
  const decode = async (bytes: Uint8Array) => decodeWithSharp(bytes, 224, transforms.squash, 'bench')
  const rounds = 10
  const run = (work: (bytes: Uint8Array) => Promise<unknown>) => async () => {
    for (let round = 0; round < rounds; round++) for (const bytes of files) await work(bytes)
  }
  const times = await interleaved(5, {
    hash: run(async (bytes) => sha256(bytes)),
    decode: run(decode),
  })
  const average = files.reduce((sum, { byteLength }) => sum + byteLength, 0) / files.length / 1000
  report({
    metric: `check of a picture as a share of decoding it (${files.length} JPEGs of ${average.toFixed(0)} KB)`,
    value: (times.hash / times.decode) * 100,
    unit: '%',
  })
}

/** Reads and bytes of a picture at random, index blocks included. */
async function countReads(dir: string, rows: readonly number[]) {
  const store = openDirectory(dir)
  const read = { reads: 0, bytes: 0 }
  const open = async (path: string) => {
    const file = await store.open(path)
    return {
      ...file,
      read(offset: number, length: number) {
        read.reads++
        read.bytes += length
        return file.read(offset, length)
      },
    }
  }
  const dataset = await openDataset({ ...store, open })
  for (const row of rows) await dataset.picture(row)
  await dataset.close()
  return { reads: read.reads / rows.length, bytes: read.bytes / rows.length }
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
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: count }, (_, row) => decodeMediaLocation(view, row * 24))
}
