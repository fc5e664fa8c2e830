// The memory of decoded pictures goes round between threads, cache and batches: whoever holds a picture sees its pixels until
// he lets go, whatever is decoded meanwhile, and there is no more memory than pictures that are needed at once.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { randomStream } from '../../src/base/random.js'
import { createPicturePool, type LoadedPictures } from '../../src/loader/pictures.js'
import { type Dataset, openDataset } from '../../src/shards/dataset.js'
import { createPictureDecoder } from '../../src/vision/decoder.js'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'
import { threads } from './batches.js'

const set = join(tempDir(), 'set')
const how = { size: 24, transform: 'squash', layout: 'NCHW' } as const
const BYTES = 3 * 24 * 24
let dataset: Dataset
let expected: Buffer[] = []

beforeAll(async () => {
  await importFixtures(set)
  dataset = await openDataset(set)
  const decoder = createPictureDecoder(how)
  for await (const [row, bytes] of dataset.pictures()) expected.push(Buffer.from(await decoder.decode(bytes, `${row}`)))
})
afterAll(async () => {
  await dataset.close()
  expected = []
})

const same = (pixels: Uint8Array, row: number) => Buffer.compare(pixels, expected[row]!) === 0

test.each([
  [0, 0],
  [0, 5],
  [2, 0],
  [2, 5],
])('%i threads, %i pictures kept', async (count, kept) => {
  const before = threads()
  let elsewhere = 0
  // Threads that somebody waits for are told from those that idle.
  const decoded = () => {
    if (threads() > before) elsewhere++
  }
  const pool = createPicturePool({ cacheBytes: kept * BYTES, threads: count, concurrency: 2, observer: { decoded } })
  const source = pool.source(dataset, how)
  const random = randomStream('picture memory', count, kept)
  const held: { readonly loaded: LoadedPictures; readonly pixels: readonly Uint8Array[]; readonly rows: number[] }[] =
    []
  const places = new Map<ArrayBufferLike, Set<number>>()
  let rounds = 0
  // On until threads have done most of it; how long they take to start is the machine's affair.
  while (rounds < 80 || (count > 0 && elsewhere < 60)) {
    rounds++
    const rows = [...new Set([0, 1, 2, 3].map(() => random.below(expected.length)))]
    const loaded = source.load(rows)
    if (rounds % 7 === 0) {
      // Nobody waits for these, and they come all the same.
      loaded.release()
      continue
    }
    held.push({ loaded, pixels: await Promise.all(loaded.pixels), rows })
    for (const one of held) expect(one.pixels.every((pixels, i) => same(pixels, one.rows[i]!))).toBe(true)
    for (const { buffer, byteOffset } of held.at(-1)!.pixels) {
      places.set(buffer, (places.get(buffer) ?? new Set()).add(byteOffset))
    }
    if (held.length > 3) {
      const [gone] = held.splice(random.below(held.length), 1)
      gone!.loaded.release()
      // Once is enough.
      gone!.loaded.release()
    }
  }
  // Four in each of four held loads and one that is made, those that nobody waited for, and the cache.
  const used = [...places.values()].reduce((sum, { size }) => sum + size, 0)
  expect(used).toBeLessThanOrEqual(4 * 5 + 4 * 2 + kept)
  await pool.close()
  expect(threads()).toBe(before)
})

test.each([0, 9])('pictures that somebody was expected to load are decoded once, with %i kept', async (kept) => {
  const seen = { decoded: 0, reused: 0 }
  const observer = { decoded: () => void seen.decoded++, reused: () => void seen.reused++ }
  const pool = createPicturePool({ cacheBytes: kept * BYTES, threads: 0, concurrency: 2, observer })
  const source = pool.source(dataset, how)
  const hope = source.expect([0, 1, 2, 3])
  const early = source.load([0, 1])
  const pixels = await Promise.all(early.pixels)
  // When all of them are decoded, whether there was room to keep them or not.
  const late = source.load([3, 4])
  pixels.push(...(await Promise.all(late.pixels)))
  expect([0, 1, 3, 4].every((row, i) => same(pixels[i]!, row))).toBe(true)
  expect(seen).toEqual({ decoded: 5, reused: 0 })
  // Nobody came for the third.
  hope.release()
  early.release()
  late.release()
  const again = source.load([2, 3])
  await Promise.all(again.pixels)
  expect(seen).toEqual(kept > 0 ? { decoded: 5, reused: 2 } : { decoded: 7, reused: 0 })
  again.release()
  await pool.close()
})
