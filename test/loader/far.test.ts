// A whole data set read over HTTP from a server that fails at every single read: the same pairs, pictures, contexts,
// verification and batches as from the directory, and no request more than needed where nothing fails.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sha256Hex } from '../../src/base/hash.js'
import { DEFAULT_RETRY } from '../../src/io/http/retry.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import type { LoaderOptions } from '../../src/loader/options.js'
import { type Dataset, openDataset } from '../../src/shards/dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { faultOf } from '../support/fault.js'
import { faultAtEveryRead } from '../support/fault-script.js'
import { type FaultServer, startFaultServer } from '../support/fault-server.js'
import { importFixtures, sourceImages } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'
import { testClock } from '../support/test-clock.js'

const root = tempDir()
const near = join(root, 'data')
let server: FaultServer
let far: string
beforeAll(async () => {
  await importFixtures(near)
  server = await startFaultServer(root)
  far = `${server.url}/data`
})
afterAll(() => server.close())
beforeEach(() => {
  server.script = () => undefined
  server.onStall = () => {}
  server.clear()
})

/** The same data with all bytes as their hashes, which compare faster and print shorter. */
function digest(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    return `${value.constructor.name} ${bytes.byteLength} ${sha256Hex(bytes)}`
  }
  if (Array.isArray(value)) return value.map(digest)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, digest(item)]))
}

async function everything(dataset: Dataset) {
  const pairs = []
  for await (const [, pair] of dataset.pairs()) pairs.push(pair)
  const pictures = await Promise.all(
    Array.from({ length: dataset.manifest.tables.media.rows }, async (_, row) => ({
      facts: await dataset.media(row),
      bytes: Buffer.from(await dataset.picture(row)),
    })),
  )
  const contexts: Record<string, unknown> = {}
  for (const name of Object.keys(dataset.manifest.contexts)) {
    const table = await dataset.context(name)
    contexts[name] = await Promise.all([...table.queries].map((query) => table.get(query)))
  }
  const row = await dataset.pairRow(pairs.at(-1)!.id)
  await dataset.close()
  return digest({ pairs, pictures, contexts, row })
}

const OPTIONS = { batchSize: 16, shots: 2, imageSize: 32, seed: 3 } as const
// No waits between tries; the faults are the same.
const IMPATIENT = { ...OPTIONS, network: { backoffMs: 0 } } as const

async function batchesOf(location: string, options: LoaderOptions): Promise<unknown[]> {
  const batches = []
  for await (const batch of loadMimicIT(location, options)) batches.push(digest(batch))
  return batches
}

describe('with a fault at every read', () => {
  test('everything is the same as from the directory', async () => {
    const expected = await everything(await openDataset(near))
    const clock = testClock()
    server.script = faultAtEveryRead({ kind: 'stall' }, { kind: 'stall', after: 1 })
    server.onStall = () => clock.fire(DEFAULT_RETRY.timeoutMs)
    const dataset = await openDataset(far, { clock })
    expect(await everything(dataset)).toEqual(expected)
    const { requests, retries } = dataset.store.stats!()
    expect(requests).toBe(server.requests.length)
    expect(retries).toBeGreaterThan(10)
    expect(clock.pending).toBe(0)
  })

  test('verification finds nothing wrong', async () => {
    server.script = faultAtEveryRead()
    const report = await verifyDataset(far, { store: { clock: testClock() } })
    expect(report).toEqual({ ...(await verifyDataset(near)), location: far, listed: false })
    expect(report.issues).toEqual([])
  })

  test.each([false, true])('batches are the same, worker %s', async (worker) => {
    const expected = await batchesOf(near, OPTIONS)
    server.script = faultAtEveryRead()
    const got = await batchesOf(far, { ...IMPATIENT, worker })
    expect(got).toEqual(expected)
    expect(server.requests.length).toBeGreaterThan(20)
  })

  test('batches are the same through a cache, cold and warm, and belong to the same plan', async () => {
    const expected = await batchesOf(near, OPTIONS)
    const cacheDir = join(root, 'cache')
    const cached = { ...IMPATIENT, cacheDir, cacheBytes: 1e8 }
    server.script = faultAtEveryRead()
    expect(await batchesOf(far, cached)).toEqual(expected)
    server.script = () => undefined
    server.clear()
    expect(await batchesOf(far, { ...cached, worker: true })).toEqual(expected)
    // One look at each file for its ETag, and nothing else.
    expect(server.requests.map(({ range }) => range)).toEqual(Array(server.requests.length).fill([0, 0]))
    expect(new Set(server.requests.map(({ path }) => path)).size).toBe(server.requests.length)
    const loader = loadMimicIT(near, OPTIONS)
    const other = loadMimicIT(far, cached)
    expect((await other.ready()).plan).toBe((await loader.ready()).plan)
    await Promise.all([loader.close(), other.close()])
  })
})

describe('requests', () => {
  test('one warm picture is one request of exactly its bytes; neighbours are one together', async () => {
    const dataset = await openDataset(far)
    await dataset.picture(3)
    server.clear()
    for (const row of [5, 15]) {
      const bytes = await dataset.picture(row)
      expect(Buffer.compare(bytes, sourceImages[row]![1])).toBe(0)
      const { path, range } = server.requests.at(-1)!
      expect(path).toBe('data/media/00000.parquet')
      expect(range![1] - range![0] + 1).toBe(bytes.byteLength)
    }
    expect(server.requests).toHaveLength(2)
    server.clear()
    await Promise.all([dataset.picture(7), dataset.picture(8), dataset.picture(9)])
    expect(server.requests).toHaveLength(1)
    await dataset.close()
  })

  test('pairs of one row group need one for their file, one for the footer and one for all columns', async () => {
    const dataset = await openDataset(far)
    server.clear()
    await dataset.pair(7)
    await dataset.pair(8)
    const reads = server.requests.filter(({ path }) => path === 'data/pairs/00000.parquet')
    expect(reads.length).toBeGreaterThanOrEqual(2)
    expect(reads.length).toBeLessThanOrEqual(3)
    await dataset.close()
  })

  test('a location that is no data set is told after one', async () => {
    const fault = await faultOf(openDataset(`${server.url}/nowhere`))
    expect(fault.code).toBe('MIMICIT_NOT_A_DATASET')
    expect(server.requests).toHaveLength(1)
  })
})

describe('what cannot be mended is an error, never a skip', () => {
  test.each([false, true])('a server that breaks down for good, worker %s', async (worker) => {
    server.script = ({ path }) => (path.includes('media/') ? { kind: 'status', status: 503 } : undefined)
    const fault = await faultOf(batchesOf(far, { ...IMPATIENT, worker }))
    expect(fault.code).toBe('MIMICIT_NETWORK')
    expect(fault.message).toContain('status 503')
  })

  test('a file that is replaced under way', async () => {
    const dataset = await openDataset(far)
    await dataset.picture(0)
    server.script = () => ({ kind: 'headers', headers: { etag: '"other"' } })
    expect((await faultOf(dataset.picture(1))).code).toBe('MIMICIT_SOURCE_CHANGED')
    await dataset.close()
  })

  test('a length that is not that of the manifest', async () => {
    server.script = ({ range, path }) =>
      path.includes('pairs/') && range?.[1] === 0 ? { kind: 'wrong-total' } : undefined
    const dataset = await openDataset(far)
    expect((await faultOf(dataset.pair(0))).code).toBe('MIMICIT_CORRUPT')
    await dataset.close()
  })
})

describe('leaving', () => {
  /** Answers stall once the loop has begun to ask for pictures. */
  const stallPictures = () => {
    server.script = ({ path }) => (path.includes('media/') ? { kind: 'stall' } : undefined)
    return new Promise<void>((resolve) => {
      server.onStall = resolve
    })
  }

  test.each([false, true])('by a signal while the network hangs, worker %s', async (worker) => {
    const stop = new AbortController()
    const stalled = stallPictures()
    const fault = faultOf(batchesOf(far, { ...OPTIONS, worker, signal: stop.signal }))
    await stalled
    stop.abort()
    expect((await fault).code).toBe('MIMICIT_ABORTED')
  })

  test.each([false, true])('while it opens, worker %s', async (worker) => {
    server.script = () => ({ kind: 'stall' })
    const stalled = new Promise<void>((resolve) => {
      server.onStall = resolve
    })
    const loader = loadMimicIT(far, { ...OPTIONS, worker })
    const opening = faultOf(loader.ready())
    await stalled
    await loader.close()
    expect((await opening).code).toBe('MIMICIT_ABORTED')
  })

  test('after one batch does not wait for those made ahead', async () => {
    // The pictures of the first batch come, later ones never do.
    const expected = (await batchesOf(near, { ...OPTIONS, batchSize: 1 })).slice(0, 1)
    let pictures = 0
    server.script = ({ path, range }) =>
      path.includes('media/') && range![1] > 0 && pictures++ >= 3 ? { kind: 'stall' } : undefined
    const got = []
    for await (const batch of loadMimicIT(far, { ...OPTIONS, batchSize: 1, reuseBytes: 0 })) {
      got.push(digest(batch))
      break
    }
    expect(got).toEqual(expected)
  })
})

test('a location with credentials is shown without them', async () => {
  const [, host] = server.url.split('//')
  const location = `http://user:hunter2@${host}/data?sig=hunter3`
  const dataset = await openDataset(location)
  expect(dataset.location).toBe(far)
  await dataset.close()
  const loader = loadMimicIT(location, OPTIONS)
  for await (const _ of loader) break
  const fault = await faultOf(async () => {
    for await (const _ of loader) break
  })
  expect(fault.message).toContain(far)
  expect(fault.message).not.toMatch(/hunter/)
})

test('a directory is never put into a cache', async () => {
  const dir = join(root, 'unused')
  const dataset = await openDataset(near, { cache: { dir, maxBytes: 1e9 } })
  await dataset.picture(0)
  await dataset.close()
  expect(existsSync(dir)).toBe(false)
  expect(readdirSync(near)).toContain('manifest.json')
})
