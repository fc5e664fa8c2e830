// Pictures in order: how they are cut into runs, and that threads which read runs give the same bytes, in order, and the
// same errors.
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import * as fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { sha256 } from '../../src/base/hash.js'
import { openFile } from '../../src/io/directory.js'
import type { ReadableFile } from '../../src/io/store.js'
import { encodeMediaLocations, MEDIA_LOCATION_BYTES, type MediaLocation } from '../../src/shards/media-location.js'
import { countRun, extentOf, type PictureRun, picturesOf } from '../../src/shards/picture-run.js'
import { createRunReader, type RunReader } from '../../src/shards/picture-runs.js'
import { tempDir } from '../support/temp-dir.js'

/** Records as they stand in an index block: not at the beginning of their buffer. */
function recordsOf(places: readonly MediaLocation[]): DataView {
  const before = encodeMediaLocations(9, [{ offset: 9, length: 9 }], [new Uint8Array(8)])
  const each = places.map((place) => encodeMediaLocations(place.shard, [place], [place.hashPrefix]))
  const bytes = new Uint8Array(MEDIA_LOCATION_BYTES * (1 + places.length))
  for (const [i, record] of [before, ...each].entries()) bytes.set(record, i * MEDIA_LOCATION_BYTES)
  return new DataView(bytes.buffer, MEDIA_LOCATION_BYTES)
}

const RUNS = 20
const PICTURES = 3
const BYTES = 1000

let reader: RunReader | undefined
afterEach(async () => reader?.close())

/** A file of runs of three pictures with a gap between them, the `read` calls of it counted. */
async function fileOf() {
  const path = join(tempDir(), 'shard')
  const content = Buffer.from(Array.from({ length: RUNS * PICTURES * BYTES }, (_, i) => (i * 31) % 251))
  const places = Array.from({ length: RUNS * PICTURES }, (_, row) => ({
    shard: 0,
    offset: row * BYTES,
    length: BYTES - 10,
    hashPrefix: sha256(content.subarray(row * BYTES, (row + 1) * BYTES - 10)).subarray(0, 8),
  }))
  writeFileSync(path, content)
  const opened = await openFile(path, 'media/shard')
  const reads = { count: 0 }
  const file: ReadableFile = {
    ...opened,
    read(offset, length) {
      reads.count++
      return opened.read(offset, length)
    },
  }
  const runAt = (run: number): PictureRun => {
    const row = run * PICTURES
    const first = (run % RUNS) * PICTURES
    return { file, firstRow: row, records: recordsOf(places.slice(first, first + PICTURES)) }
  }
  const expected = (row: number) => {
    const { offset, length } = places[row % places.length]!
    return content.subarray(offset, offset + length)
  }
  return { path, content, file: opened, reads, runAt, expected }
}

/** Runs from `first` on until another thread has read `wanted` of them, and at most for half a minute. */
async function* runsUntilThreads(
  { runAt, reads }: Awaited<ReturnType<typeof fileOf>>,
  wanted: number,
  begun: { count: number },
) {
  const end = Date.now() + 30_000
  while (begun.count - reads.count < wanted && Date.now() < end) {
    yield runAt(begun.count++)
    // Time for a thread to start and to answer.
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

const damaged = (_: ReadableFile, row: number) => new Error(`picture ${row} is damaged`)

describe('a run', () => {
  const place = (shard: number, offset: number, length: number) => ({
    shard,
    offset,
    length,
    hashPrefix: sha256(Buffer.of(1)),
  })

  it('ends where the next picture is of another shard, lies before, reaches too far or out of the file', () => {
    const run = [place(0, 100, 10), place(0, 110, 0), place(0, 120, 30)]
    expect(countRun(recordsOf([...run, place(1, 150, 10)]), 1000, 1000)).toBe(3)
    expect(countRun(recordsOf([...run, place(0, 149, 10)]), 1000, 1000)).toBe(3)
    expect(countRun(recordsOf([...run, place(0, 150, 10)]), 50, 1000)).toBe(3)
    expect(countRun(recordsOf([...run, place(0, 150, 10)]), 60, 1000)).toBe(4)
    expect(countRun(recordsOf([...run, place(0, 150, 10)]), 1000, 159)).toBe(3)
    expect(countRun(recordsOf([place(0, 100, 10)]), 1, 1000)).toBe(1)
    expect(extentOf(recordsOf(run))).toEqual({ offset: 100, length: 50 })
  })

  it('lies beyond 4 GiB as well', () => {
    const far = [place(0, 2 ** 40 + 2 ** 32 - 8, 10), place(0, 2 ** 40 + 2 ** 32 + 2, 5)]
    expect(countRun(recordsOf(far), 1000, 2 ** 41)).toBe(2)
    expect(extentOf(recordsOf(far))).toEqual({ offset: 2 ** 40 + 2 ** 32 - 8, length: 15 })
  })

  it('holds exactly the bytes of its pictures, whatever lies between them', () => {
    const parts = fc.array(fc.tuple(fc.nat(3), fc.uint8Array({ maxLength: 20 })), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(parts, fc.nat(50), (pictures, before) => {
        let offset = before
        const places = pictures.map(([gap, bytes]) => {
          const at = offset + gap
          offset = at + bytes.byteLength
          return place(0, at, bytes.byteLength)
        })
        const file = new Uint8Array(offset)
        places.forEach((at, i) => {
          file.set(pictures[i]![1], at.offset)
        })
        const records = recordsOf(places)
        expect(countRun(records, offset, offset)).toBe(pictures.length)
        const extent = extentOf(records)
        const bytes = file.subarray(extent.offset, extent.offset + extent.length)
        expect(picturesOf(bytes, records)).toEqual(pictures.map(([, picture]) => picture))
      }),
    )
  })
})

describe('runs of pictures', () => {
  it('come in order whoever reads them, and threads read their share', async () => {
    const shard = await fileOf()
    reader = createRunReader(damaged)
    const begun = { count: 0 }
    let row = 0
    for await (const pictures of reader.read(runsUntilThreads(shard, 30, begun))) {
      for (const bytes of pictures) expect(Buffer.compare(bytes, shard.expected(row++))).toBe(0)
    }
    expect(row).toBe(begun.count * PICTURES)
    expect(begun.count - shard.reads.count).toBe(30)
    await shard.file.close()
  })

  it('are checked by threads too', async () => {
    const shard = await fileOf()
    reader = createRunReader(damaged)
    const begun = { count: 0 }
    let wrong = 0
    async function* runs() {
      yield* runsUntilThreads(shard, 30, begun)
      // The last picture of a run that is not under way yet.
      wrong = (begun.count + RUNS / 2) * PICTURES + PICTURES - 1
      const file = openSync(shard.path, 'r+')
      writeSync(file, Buffer.of(252), 0, 1, (wrong % (RUNS * PICTURES)) * BYTES + 500)
      closeSync(file)
      for (let i = 0; i < RUNS; i++) yield shard.runAt(begun.count++)
    }
    const all = async () => {
      for await (const _ of reader!.read(runs()));
    }
    const error = await all().then(
      () => undefined,
      (thrown: Error) => thrown,
    )
    expect(error?.message).toBe(`picture ${wrong} is damaged`)
    // A thread found it damaged, and it was read once more to say so.
    expect(begun.count - shard.reads.count).toBeGreaterThan(30)
    await shard.file.close()
  })

  it('are read here when a thread cannot', async () => {
    const shard = await fileOf()
    reader = createRunReader(damaged)
    const begun = { count: 0 }
    async function* runs() {
      yield* runsUntilThreads(shard, 30, begun)
      const elsewhere = { ...shard.runAt(0).file, localPath: `${shard.path}-that-is-gone` }
      for (let i = 0; i < 30; i++) yield { ...shard.runAt(begun.count++), file: elsewhere }
    }
    let row = 0
    for await (const pictures of reader.read(runs())) {
      for (const bytes of pictures) expect(Buffer.compare(bytes, shard.expected(row++))).toBe(0)
    }
    expect(row).toBe(begun.count * PICTURES)
    expect(begun.count - shard.reads.count).toBe(30)
    await shard.file.close()
  })

  it('go on without threads when the reader is closed before their end', async () => {
    const shard = await fileOf()
    reader = createRunReader(damaged)
    const begun = { count: 0 }
    const threads: Worker[] = []
    const started = (thread: Worker) => threads.push(thread)
    process.on('worker', started)
    const alive = () => threads.filter(({ threadId }) => threadId >= 0).length
    async function* runs() {
      yield* runsUntilThreads(shard, 30, begun)
      expect(alive()).toBeGreaterThan(0)
      // What the threads were asked for and have not answered is read here.
      await reader?.close()
      for (let i = 0; i < 100; i++) yield shard.runAt(begun.count++)
    }
    let row = 0
    for await (const pictures of reader.read(runs())) {
      for (const bytes of pictures) expect(Buffer.compare(bytes, shard.expected(row++))).toBe(0)
    }
    expect(row).toBe(begun.count * PICTURES)
    expect(begun.count - shard.reads.count).toBeLessThanOrEqual(30)
    expect(alive()).toBe(0)
    process.off('worker', started)
    await shard.file.close()
  })
})
