// Bytes that break on their way from far: they are fetched once more, and no cache keeps them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Dataset, openDataset } from '../../src/shards/dataset.js'
import { faultOf } from '../support/fault.js'
import { etagOf, type FaultServer, startFaultServer } from '../support/fault-server.js'
import { importFixtures, sourceImages } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const data = join(dir, 'data')
/** Of which files a bit is flipped: inside the first picture, or in the middle of what is asked for. */
let breaks: (path: string) => boolean
let server: FaultServer

beforeAll(async () => {
  await importFixtures(data)
  server = await startFaultServer(data, ({ path, range }, response) => {
    if (range === undefined || range[1] === 0 || !breaks(path)) return false
    const bytes = readFileSync(join(data, path))
    const part = Buffer.from(bytes.subarray(range[0], range[1] + 1))
    const inFirstPicture = 5000 - range[0]
    part[inFirstPicture >= 0 && inFirstPicture < part.byteLength ? inFirstPicture : part.byteLength >> 1]! ^= 1
    const span = `bytes ${range[0]}-${range[0] + part.byteLength - 1}/${bytes.byteLength}`
    response.writeHead(206, { 'content-range': span, etag: etagOf(bytes) }).end(part)
    return true
  })
})
afterAll(() => server.close())
beforeEach(() => {
  breaks = () => false
})

const picture = async (dataset: Dataset) =>
  expect(Buffer.compare(await dataset.picture(0), sourceImages[0]![1])).toBe(0)
const planned = async (dataset: Dataset) => {
  const [read] = await dataset.pictureReads([0])
  expect(Buffer.from((await read!.start()[0])!.bytes).equals(sourceImages[0]![1])).toBe(true)
}
const inOrder = async (dataset: Dataset) => {
  const all: Uint8Array[] = []
  for await (const [, bytes] of dataset.pictures()) all.push(bytes)
  expect(all.length).toBe(dataset.manifest.tables.media.rows)
  expect(Buffer.compare(all[0]!, sourceImages[0]![1])).toBe(0)
}
const pair = async (dataset: Dataset) =>
  expect((await dataset.pair(0)).id).toBe((await dataset.pairById((await dataset.pair(0)).id)).id)
const cases: readonly [file: string, read: (dataset: Dataset) => Promise<void>][] = [
  ['manifest.json', pair],
  ['index/media.loc', picture],
  ['media/00000.parquet', picture],
  ['media/00000.parquet', planned],
  ['media/00000.parquet', inOrder],
  ['pairs/00000.parquet', pair],
  ['index/pairs.sums', pair],
]
/** Opens, reads, closes. */
async function visit(read: (dataset: Dataset) => Promise<void>, cacheDir: string | undefined) {
  const dataset = await openDataset(
    server.url,
    cacheDir === undefined ? {} : { cache: { dir: cacheDir, maxBytes: 1e9 } },
  )
  await read(dataset).finally(() => dataset.close())
}

test.each(cases.flatMap(([file, read], i) => [true, false].map((cached) => [file, cached, read, i] as const)))(
  '%s that broke once is read (cache: %s)',
  async (file, cached, read, i) => {
    let left = 1
    breaks = (path) => path === file && left-- > 0
    await visit(read, cached ? join(dir, `cache-${i}`) : undefined)
    expect(left).toBeLessThan(1)
  },
)

test('what is broken at its source is told, and heals when the source does, whatever the cache has seen', async () => {
  const all = async (dataset: Dataset) => {
    for await (const [row, bytes] of dataset.pictures())
      if (row === 0) expect(bytes.byteLength).toBe(sourceImages[0]![1].byteLength)
  }
  for (const [i, [file, read]] of [...cases, ['media/00000.parquet', all] as const].entries()) {
    const cache = join(dir, `healing-${i}`)
    breaks = (path) => path === file
    const { code } = await faultOf(visit(read, cache))
    expect(code, file).toBe(file === 'manifest.json' ? 'MIMICIT_BAD_MANIFEST' : 'MIMICIT_CORRUPT')
    breaks = () => false
    await visit(read, cache)
  }
})

test('a table whose sums could not be fetched is read when the network is back', async () => {
  const dataset = await openDataset(server.url, { network: { tries: 1 } })
  server.script = ({ path }) => (path === 'index/pairs.sums' ? { kind: 'status', status: 503 } : undefined)
  expect((await faultOf(dataset.pair(0))).code).toBe('MIMICIT_NETWORK')
  server.script = () => undefined
  await pair(dataset)
  await dataset.close()
})
