// Pictures by place: whatever thread looks at them or fetches them, they are what the importer itself would have decoded.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sha256 } from '../../src/base/hash.js'
import { imageEntries, imagePlaces } from '../../src/import/mimic-it/images.js'
import { BATCH_BYTES, batchesOf, fetched, lookedAt, type PicturePlace } from '../../src/import/placed/batch.js'
import { type BatchThreads, createBatchThreads } from '../../src/import/placed/threads.js'
import { openFile } from '../../src/io/directory.js'
import { decoderFacts } from '../../src/vision/probe.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()

let jpeg: Buffer
let png: Buffer
beforeAll(async () => {
  const plain = sharp({ create: { width: 24, height: 16, channels: 3, background: { r: 220, g: 30, b: 40 } } })
  jpeg = await plain.clone().jpeg().toBuffer()
  png = await plain.clone().png().toBuffer()
})

/** Values of an images file, and whether a thread tells what they are. */
const values: readonly (readonly [kind: string, plain: boolean, make: (i: number) => unknown])[] = [
  // Bytes behind the end of a picture make each its own content.
  ['a JPEG', true, (i) => Buffer.concat([jpeg, Buffer.of(i)]).toString('base64')],
  ['a PNG', true, (i) => Buffer.concat([png, Buffer.of(i, 1)]).toString('base64')],
  [
    'without padding',
    true,
    (i) =>
      Buffer.concat([jpeg, Buffer.of(i)])
        .toString('base64')
        .replace(/=+$/, ''),
  ],
  ['the other alphabet', true, (i) => Buffer.concat([jpeg, Buffer.of(i)]).toString('base64url')],
  ['line breaks', false, () => jpeg.toString('base64').replace(/.{76}/g, '$&\n')],
  ['a list', false, () => [jpeg.toString('base64')]],
  ['null', false, () => null],
  ['nothing', false, () => ''],
  ['no base64', false, () => '<html>'],
  ['no picture', false, () => Buffer.from('hello, this is a text and no picture at all').toString('base64')],
]

describe.each([
  ['in another thread', 1],
  ['here', 0],
] as const)('batches read %s', (_, count) => {
  let threads: BatchThreads
  beforeAll(() => {
    threads = createBatchThreads(count, 0)
  })
  afterAll(() => threads.close())

  test('are what the importer decodes, and what is not plain is left to it', async () => {
    let n = 0
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(values.length - 1), { minLength: 1, maxLength: 20 }), async (kinds) => {
        const path = join(dir, `${count}-${n++}.json`)
        writeFileSync(path, JSON.stringify(Object.fromEntries(kinds.map((k, i) => [`I_${i}`, values[k]![2](i)]))))
        const file = await openFile(path)
        const places: PicturePlace[] = []
        for await (const run of imagePlaces(file))
          for (const { offset, length } of run) places.push({ path, offset, length })
        const expected: Uint8Array[] = []
        for await (const { bytes } of imageEntries(file)) expected.push(bytes)
        await file.close()
        let i = 0
        for await (const { items, batch } of batchesOf([places], (place) => place)) {
          const looks = await threads.look(batch!)
          const batchBytes = await threads.fetch(batch!)
          const brought = fetched(batchBytes)
          expect(items).toEqual(places)
          for (const at of items.keys()) {
            const [kind, plain] = values[kinds[i]!]!
            const bytes = expected[i++]!
            if (brought[at] !== undefined) expect(Buffer.compare(brought[at], bytes), kind).toBe(0)
            const seen = lookedAt(looks, at)
            expect(seen !== undefined, kind).toBe(plain)
            if (seen === undefined) continue
            const { sha256: hash, ...facts } = seen
            expect(facts).toEqual(await decoderFacts(bytes, kind))
            expect(Buffer.compare(hash, sha256(bytes))).toBe(0)
            expect(brought[at]).toBeDefined()
          }
          // The next one finds the bytes of this one in its memory.
          threads.release(batchBytes)
        }
      }),
      { numRuns: 25 },
    )
  })

  test('of a file that ends too early are an error', async () => {
    const path = join(dir, `short-${count}.json`)
    writeFileSync(path, '{"a": "')
    const batch = { path, offset: 6, length: 100, spans: Uint32Array.of(0, 100) }
    await expect(threads.look(batch)).rejects.toThrow('ends before')
    await expect(threads.fetch(batch)).rejects.toThrow('ends before')
  })
})

test('batches are places of one file that follow each other, no longer than the bound; what is longer stands alone', async () => {
  const length = fc.oneof(fc.nat(1000), fc.integer({ min: BATCH_BYTES - 1000, max: BATCH_BYTES + 1000 }))
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(1), fc.nat(2000), length)), async (listed) => {
      const ends = [0, 0]
      const places = listed.map(([file, gap, length]): PicturePlace => {
        const offset = ends[file]! + gap
        ends[file] = offset + length
        return { path: `file ${file}`, offset, length }
      })
      const seen: PicturePlace[] = []
      for await (const { items, batch } of batchesOf([places], (place) => place)) {
        seen.push(...items)
        expect(batch === undefined).toBe(items[0]!.length > BATCH_BYTES)
        if (batch === undefined) expect(items).toHaveLength(1)
        else {
          expect(batch.length).toBeLessThanOrEqual(BATCH_BYTES)
          const spans = items.flatMap(({ offset, length }) => [offset - batch.offset, length])
          expect([...batch.spans]).toEqual(spans)
          expect(new Set(items.map(({ path }) => path))).toEqual(new Set([batch.path]))
          expect(spans.at(-2)! + spans.at(-1)!).toBe(batch.length)
        }
      }
      expect(seen).toEqual(places)
    }),
  )
})
