// An import that is killed goes on where it was: finished shards are taken over, and the end is that of an undisturbed run.
// Kills at random moments, a hundred of them, are in test/long/resume.test.ts.
import { appendFileSync, copyFileSync, existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pack } from 'tar-stream'
import { beforeAll, describe, expect, test } from 'vitest'
import { importDatasetSized } from '../../src/import/import-dataset.js'
import { openDirectory } from '../../src/io/directory.js'
import { faultOf } from '../support/fault.js'
import { MIMIC_IT } from '../support/fixtures.js'
import { expectFiles, filesOf, finishedShards, killedImport, runImport, writtenAt } from '../support/killed-imports.js'
import { storedPng } from '../support/stored-png.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const undisturbed = join(dir, 'undisturbed')
let expected: Awaited<ReturnType<typeof filesOf>>
let made = 0
const next = () => join(dir, `out-${made++}`)

beforeAll(async () => {
  await runImport({ ...MIMIC_IT, out: undisturbed })
  expected = await filesOf(undisturbed)
})

test('the source makes many shards, so that there is something to take over', () => {
  for (const table of ['media', 'pairs', 'context/train', 'context/rel_ins_ids']) {
    expect([...expected.keys()].filter((path) => path.startsWith(`${table}/`)).length, table).toBeGreaterThan(1)
  }
})

describe('what was left', () => {
  const late = async () => {
    const out = next()
    // Behind the pictures: there are finished shards for certain.
    expect(await killedImport({ ...MIMIC_IT, out }, 40)).toBe(true)
    const finished = finishedShards(out)
    expect(finished.size).toBeGreaterThan(2)
    return { out, partial: `${out}.partial`, finished }
  }
  const ends = async (out: string) => {
    await runImport({ ...MIMIC_IT, out })
    await expectFiles(out, expected)
  }

  test('a damaged shard, and what follows it in its table, is made again', async () => {
    const { out, partial } = await late()
    const path = join(partial, 'media/00001.parquet')
    const bytes = readFileSync(path)
    bytes[bytes.byteLength >> 1]! ^= 4
    writeFileSync(path, bytes)
    await ends(out)
  })

  test('a journal whose last line is half is read up to it, and one that is damaged from its damage on', async () => {
    const half = await late()
    appendFileSync(join(half.partial, 'journal.jsonl'), '0123456789abcdef {"table":"media","sh')
    writeFileSync(join(half.partial, 'pairs/notes.txt'), 'left over')
    await ends(half.out)
    const damaged = await late()
    const journal = join(damaged.partial, 'journal.jsonl')
    const lines = readFileSync(journal, 'utf8').split('\n')
    lines[2] = lines[2]!.replace('"rows":', '"rows":1')
    writeFileSync(journal, lines.join('\n'))
    await ends(damaged.out)
  })

  test('another source, other options or another size of shards start anew', async () => {
    const images = join(dir, 'images.json')
    copyFileSync(MIMIC_IT.images[0]!, images)
    const source = { ...MIMIC_IT, images: [images] }
    const out = next()
    expect(await killedImport({ ...source, out }, 40)).toBe(true)
    const before = finishedShards(out)
    utimesSync(images, new Date(1e12), new Date(1e12))
    await runImport({ ...source, out })
    await expectFiles(out, expected)
    for (const [path, time] of before) expect(writtenAt(join(out, path)), path).not.toBe(time)
    const { out: french, finished } = await late()
    await runImport({ ...MIMIC_IT, language: 'fr', out: french })
    for (const [path, time] of finished) expect(writtenAt(join(french, path)), path).not.toBe(time)
    const { out: again } = await late()
    await importDatasetSized({ ...MIMIC_IT, out: again })
    expect([...(await filesOf(again)).keys()].filter((path) => path.startsWith('media/'))).toHaveLength(1)
  })

  test('another name of the source, and another instruction of captions, start anew', async () => {
    const archive = pack()
    for (let n = 0; n < 40; n++) {
      archive.entry(
        { name: `${n}.png` },
        storedPng(2, 2, () => [n, 0, 0]),
      )
      archive.entry({ name: `${n}.txt` }, Array.from({ length: 90 }, (_, i) => (i * n) ** 3).join(' '))
    }
    archive.finalize()
    const path = join(dir, 'captions.tar')
    const pieces: Buffer[] = []
    for await (const piece of archive) pieces.push(piece as Buffer)
    writeFileSync(path, Buffer.concat(pieces))
    for (const change of [{ instruction: 'What is there?' }, { name: 'other' }]) {
      const [out, undisturbed] = [next(), next()]
      expect(await killedImport({ paths: [path], out }, 78)).toBe(true)
      const before = finishedShards(out)
      expect(before.size).toBeGreaterThan(2)
      await runImport({ paths: [path], ...change, out: undisturbed })
      await runImport({ paths: [path], ...change, out })
      await expectFiles(out, await filesOf(undisturbed))
      for (const [shard, time] of before) expect(writtenAt(join(out, shard)), shard).not.toBe(time)
    }
  })

  test('an import that is stopped keeps what was finished, and only that; the next one goes on', async () => {
    const out = next()
    const stop = new AbortController()
    let told = 0
    const work = runImport({
      ...MIMIC_IT,
      out,
      signal: stop.signal,
      onProgress: ({ stage }) => stage.startsWith('writing') && ++told === 40 && stop.abort(),
    })
    const { code, parts } = await faultOf(work)
    expect([code, parts.hint]).toEqual([
      'MIMICIT_ABORTED',
      'What was finished is kept: the same import goes on from there.',
    ])
    const left = finishedShards(out)
    expect(left.size).toBeGreaterThan(0)
    expect(await openDirectory(`${out}.partial`).list()).toEqual(
      ['.mimicit-partial', 'journal.jsonl', ...left.keys()].sort(),
    )
    await ends(out)
    for (const [shard, time] of left) expect(writtenAt(join(out, shard)), shard).toBe(time)
  })

  test('an import that fails for another reason leaves nothing, be it the second try', async () => {
    const { out, partial } = await late()
    const onProgress = ({ stage }: { readonly stage: string }) => {
      if (stage === 'writing pairs') throw new Error('not one of ours')
    }
    await expect(runImport({ ...MIMIC_IT, out, onProgress })).rejects.toThrow('not one of ours')
    expect(existsSync(out) || existsSync(partial)).toBe(false)
  })
})
