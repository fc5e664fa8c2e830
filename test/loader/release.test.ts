// Memory that goes round: a batch that was given back changes nothing of those that come after it, and is empty itself.
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import type { LoaderOptions } from '../../src/loader/options.js'
import { bufferPool, detach } from '../../src/loader/recycle.js'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'
import { digest, streamOf } from './batches.js'

const set = join(tempDir(), 'set')
beforeAll(() => importFixtures(set))

describe('a batch that is released', () => {
  // Rows with one picture and with two: cells of padding must not keep what an earlier batch had there.
  const options: LoaderOptions = {
    batchSize: 4,
    shots: 2,
    imageSize: 12,
    queries: 'all',
    epochs: 3,
    prefetchBytes: 3e5,
  }

  test.each([
    ['float32', false],
    ['float32', true],
    ['uint8', false],
  ] as const)('changes no other, %s pixels, worker %s', async (pixels, worker) => {
    const all = { ...options, pixels, worker }
    const expected = await streamOf(set, all)
    const got = []
    for await (const batch of loadMimicIT(set, all)) {
      got.push(digest(batch))
      batch.release()
      expect(batch.pixelValues.length).toBe(0)
      expect(batch.labels.length).toBe(batch.shape.B * batch.shape.L)
      batch.release()
    }
    expect(got).toEqual(expected.digests)
  })
})

test('a pool gives what it was given, by size, and keeps no more than its bound', () => {
  const pool = bufferPool(100)
  const [a, b] = [new ArrayBuffer(60), new ArrayBuffer(60)]
  pool.give(a)
  expect(pool.take(30)).toEqual({ buffer: new ArrayBuffer(30), fresh: true })
  expect(pool.take(60)).toEqual({ buffer: a, fresh: false })
  expect(pool.take(60).fresh).toBe(true)
  pool.give(a)
  pool.give(b)
  expect(pool.take(60).buffer).toBe(b)
  expect(pool.take(60).fresh).toBe(true)
})

test('what was given back elsewhere is fetched when it is wanted, and no sooner', () => {
  const elsewhere = [60, 40, 60].map((bytes) => new ArrayBuffer(bytes))
  const [a, b, c] = elsewhere
  const pool = bufferPool(100, () => elsewhere.shift())
  expect(elsewhere).toHaveLength(3)
  expect(pool.take(60)).toEqual({ buffer: a, fresh: false })
  expect(elsewhere).toEqual([b, c])
  // One of another size is kept for later.
  expect(pool.take(60).buffer).toBe(c)
  expect(pool.take(40)).toEqual({ buffer: b, fresh: false })
  expect(pool.take(60).fresh).toBe(true)
})

test('an array is empty once its memory was taken, and gives nothing again', () => {
  const array = Float32Array.of(1, 2, 3)
  expect([...new Float32Array(detach(array)!)]).toEqual([1, 2, 3])
  expect(array.length).toBe(0)
  expect(detach(array)).toBeUndefined()
})
