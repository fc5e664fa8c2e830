// Pictures in order, with the help of a second thread: the same bytes, in order, and the same errors.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { sha256 } from '../../src/base/hash.js'
import { openFile } from '../../src/io/directory.js'
import type { ReadableFile } from '../../src/io/store.js'
import { createRunReader, type PictureRun, type RunReader } from '../../src/shards/picture-runs.js'
import { tempDir } from '../support/temp-dir.js'

const RUNS = 200
const PICTURES = 3
const BYTES = 1000

let reader: RunReader | undefined
afterEach(async () => reader?.close())

/** A file of runs of three pictures, its `read` calls counted, and optionally a byte that is wrong. */
async function runsOf(wrongPicture?: number) {
  const path = join(tempDir(), 'shard')
  const content = Buffer.from(Array.from({ length: RUNS * PICTURES * BYTES }, (_, i) => (i * 31) % 251))
  const places = Array.from({ length: RUNS * PICTURES }, (_, row) => ({
    shard: 0,
    offset: row * BYTES,
    length: BYTES,
    hashPrefix: sha256(content.subarray(row * BYTES, (row + 1) * BYTES)).subarray(0, 8),
  }))
  const stored = Buffer.from(content)
  if (wrongPicture !== undefined) stored[wrongPicture * BYTES + 7]! ^= 1
  writeFileSync(path, stored)
  const opened = await openFile(path, 'media/shard')
  const reads = { count: 0 }
  const file: ReadableFile = {
    ...opened,
    read(offset, length) {
      reads.count++
      return opened.read(offset, length)
    },
  }
  async function* runs(): AsyncGenerator<PictureRun> {
    for (let row = 0; row < places.length; row += PICTURES) {
      yield { file, firstRow: row, places: places.slice(row, row + PICTURES) }
      // Time for the thread to start and to answer.
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
  return { content, runs: runs(), reads, close: () => opened.close() }
}

const damaged = (_: ReadableFile, row: number) => new Error(`picture ${row} is damaged`)

describe('runs of pictures', () => {
  it('come in order whoever reads them, and a second thread reads its share', async () => {
    const { content, runs, reads, close } = await runsOf()
    reader = createRunReader(damaged)
    const pictures: Uint8Array[] = []
    for await (const run of reader.read(runs)) pictures.push(...run)
    expect(Buffer.concat(pictures).equals(content)).toBe(true)
    expect(reads.count).toBeLessThan(RUNS)
    await close()
  })

  it('are checked by the second thread too', async () => {
    const wrong = RUNS * PICTURES - 2
    const { runs, reads, close } = await runsOf(wrong)
    reader = createRunReader(damaged)
    const all = async () => {
      for await (const _ of reader!.read(runs));
    }
    await expect(all()).rejects.toThrow(`picture ${wrong} is damaged`)
    expect(reads.count).toBeLessThan(RUNS)
    await close()
  })
})
