// A writer that is told early that no more pictures come writes the same data set, and keeps them when it is stopped.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sha256 } from '../../src/base/hash.js'
import { createDataset } from '../../src/shards/dataset-writer.js'
import { filesOf } from '../support/killed-imports.js'
import { pairAt } from '../support/pair-at.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()

const pictureAt = (i: number) => {
  const bytes = Buffer.from(`picture ${i}`)
  const facts = { format: 'jpeg', width: 1, height: 1, clip: null, frameTime: null }
  return { ids: [`A_IMG_${i}`, `A_IMG_${i}_again`], bytes, ...facts, sha256: sha256(bytes) }
}

async function written(name: string, isToldEarly: boolean) {
  const out = join(dir, name)
  const writer = await createDataset(out, { fingerprint: 'f' })
  for (let i = 0; i < 10; i++) await writer.addMedia(pictureAt(i))
  if (isToldEarly) await writer.finishMedia()
  for (let i = 0; i < 20; i++) await writer.addPair(pairAt(i))
  return { out, writer }
}

test('the files are the same', async () => {
  const files = []
  for (const isToldEarly of [true, false]) {
    const { out, writer } = await written(`whole-${isToldEarly}`, isToldEarly)
    await writer.finish({})
    files.push(await filesOf(out))
  }
  expect(files[0]).toEqual(files[1])
})

test('a writing that is stopped among the pairs leaves all of the pictures for who goes on', async () => {
  for (const isToldEarly of [true, false]) {
    const { out, writer } = await written(`stopped-${isToldEarly}`, isToldEarly)
    expect(await writer.abort('finished')).toBe(isToldEarly)
    expect(existsSync(join(`${out}.partial`, 'media/00000.parquet'))).toBe(isToldEarly)
  }
})
