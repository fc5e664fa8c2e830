// Pictures that go by several ids, in one file or in two, are stored once and known by each of their ids.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { importMimicIt } from '../../src/import/mimic-it/index.js'
import { openDataset } from '../../src/shards/dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { sourceImages } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const [one, two] = sourceImages.map(([, bytes]) => bytes)
const text = (bytes: Buffer | undefined) => bytes!.toString('base64')
const file = (name: string, content: string) => {
  writeFileSync(join(dir, name), content)
  return join(dir, name)
}

test('two ids of one picture are one row with both ids; an entry that is repeated as it was is no fault', async () => {
  const record = (...image_ids: string[]) => ({ instruction: 'q', answer: 'a', image_ids, rel_ins_ids: [] })
  const data = { A_INS_1: record('A_IMG_1'), A_INS_2: record('A_IMG_3', 'A_IMG_2'), B_INS_1: record('B_IMG_1') }
  // Another spelling of the same bytes, and an id that stands in both files.
  const first = `{"A_IMG_1": "${text(one)}", "A_IMG_2": "${text(two)}", "A_IMG_3": "${text(one).replace(/=+$/, '')}"}`
  const second = `{"A_IMG_2": "${text(two)}", "B_IMG_1": "${text(two)}"}`
  const { out, issues } = await importMimicIt({
    instructions: [file('instructions.json', JSON.stringify({ meta: {}, data }))],
    images: [file('a.json', first), file('b.json', second)],
    out: join(dir, 'out'),
  })
  expect(issues).toEqual([])
  const dataset = await openDataset(out)
  expect(dataset.manifest.tables.media.rows).toBe(2)
  expect((await dataset.media(0)).ids).toEqual(['A_IMG_1', 'A_IMG_3'])
  expect((await dataset.media(1)).ids).toEqual(['A_IMG_2', 'B_IMG_1'])
  expect(Buffer.compare(await dataset.picture(0), one!)).toBe(0)
  expect(Buffer.compare(await dataset.picture(1), two!)).toBe(0)
  const pairs = await Promise.all([0, 1, 2].map((row) => dataset.pair(row)))
  expect(pairs.map(({ media, mediaIds }) => [media, mediaIds])).toEqual([
    [[0], ['A_IMG_1']],
    [
      [0, 1],
      ['A_IMG_3', 'A_IMG_2'],
    ],
    [[1], ['B_IMG_1']],
  ])
  await dataset.close()
  expect(await verifyDataset(out, { deep: true })).toMatchObject({ ok: true })
})
