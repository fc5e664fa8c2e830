// Pictures of any rows together: exactly the bytes that were stored, in as few reads as their places allow, and a fault of
// one is nobody else's.
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { coalesce, LOCAL_JOIN } from '../../src/io/coalesce.js'
import { type Dataset, openDataset } from '../../src/shards/dataset.js'
import type { FetchObserver } from '../../src/shards/picture-fetch.js'
import { faultOf } from '../support/fault.js'
import { importFixtures, sourceImages } from '../support/fixtures.js'
import { recordingStore } from '../support/recording-store.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const data = join(dir, 'data')
const MEDIA = 'media/00000.parquet'
const stored = sourceImages.map(([, bytes]) => Buffer.from(bytes))
beforeAll(() => importFixtures(data))

async function withRecording<T>(root: string, work: (dataset: Dataset, reads: () => Read[]) => Promise<T>): Promise<T> {
  const { store, reads } = recordingStore(root)
  const dataset = await openDataset(store)
  try {
    return await work(dataset, () => reads.filter(({ path }) => path === MEDIA))
  } finally {
    await dataset.close()
  }
}
/** Everything that reads of some rows bring, by row. */
async function fetchAll(dataset: Dataset, rows: readonly number[], observer?: FetchObserver) {
  const reads = await dataset.pictureReads(rows)
  const promises = reads.flatMap((read) => {
    const pictures = read.start(observer)
    return read.rows.map((row, i) => [row, pictures[i]!] as const)
  })
  return new Map(promises)
}
type Read = { readonly path: string; readonly offset: number; readonly length: number }

test('any rows in any order are the stored bytes, each in a buffer of its own', async () => {
  const someRows = fc.uniqueArray(fc.nat(stored.length - 1), { maxLength: stored.length })
  await withRecording(data, (dataset) =>
    fc.assert(
      fc.asyncProperty(someRows, async (rows) => {
        const fetched = await fetchAll(dataset, rows)
        expect([...fetched.keys()].sort()).toEqual([...rows].sort())
        for (const [row, picture] of fetched) {
          const { bytes, path } = await picture
          expect(Buffer.compare(bytes, stored[row]!)).toBe(0)
          expect([bytes.byteOffset, bytes.byteLength]).toEqual([0, bytes.buffer.byteLength])
          expect(path).toBe(MEDIA)
        }
      }),
      { numRuns: 40 },
    ),
  )
})

test('neighbours come in one read, and what lies far apart in one each', async () => {
  await withRecording(data, async (dataset, reads) => {
    const seen = { bytes: 0, wanted: 0, hashed: 0 }
    const observer = {
      read(bytes: number, wanted: number) {
        seen.bytes += bytes
        seen.wanted += wanted
      },
      hash: () => {
        seen.hashed++
      },
    }
    const rows = [9, 2, 3, 4, 14, 8]
    const planned = await dataset.pictureReads(rows)
    expect(planned.map((read) => read.rows)).toEqual([[2, 3, 4], [8, 9], [14]])
    expect(reads()).toEqual([])
    await Promise.all((await fetchAll(dataset, rows, observer)).values())
    const asked = reads()
    expect(asked.map(({ length }) => length)).toEqual(planned.map(({ bytes }) => bytes))
    expect(asked).toHaveLength(3)
    expect(coalesce(asked, LOCAL_JOIN)).toHaveLength(3)
    const wanted = [2, 3, 4, 8, 9, 14].reduce((sum, row) => sum + stored[row]!.byteLength, 0)
    expect(seen).toEqual({ bytes: asked.reduce((sum, { length }) => sum + length, 0), wanted, hashed: 6 })
    // Between neighbours there is a page header and nothing else.
    expect(seen.bytes - seen.wanted).toBeLessThan(1000)
  })
})

test('a damaged picture and a row that does not exist fail alone', async () => {
  const copy = join(dir, 'damaged')
  cpSync(data, copy, { recursive: true })
  const bytes = readFileSync(join(copy, MEDIA))
  bytes[bytes.indexOf(stored[3]!) + 500]! ^= 1
  writeFileSync(join(copy, MEDIA), bytes)
  await withRecording(copy, async (dataset) => {
    const fetched = await fetchAll(dataset, [2, 3, 4, 99])
    for (const row of [2, 4]) expect(Buffer.compare((await fetched.get(row)!).bytes, stored[row]!)).toBe(0)
    const fault = await faultOf(fetched.get(3)!)
    expect(fault.code).toBe('MIMICIT_CORRUPT')
    expect(fault.message).toContain('picture 3 as it was stored')
    expect((await faultOf(fetched.get(99)!)).code).toBe('MIMICIT_BAD_VALUE')
  })
})

test('a shard that is gone fails all of its pictures, and nobody has to wait for them', async () => {
  const gone = join(dir, 'gone')
  cpSync(data, gone, { recursive: true, filter: (path) => !path.endsWith(MEDIA) })
  await withRecording(gone, async (dataset) => {
    const fetched = await fetchAll(dataset, [0, 1])
    expect((await faultOf(fetched.get(0)!)).code).toBe('MIMICIT_NOT_FOUND')
  })
})
