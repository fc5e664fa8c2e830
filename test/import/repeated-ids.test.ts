// An id that names several things in one source: with `duplicates: 'keep'` nothing is lost, and the id means the last, as it
// does to the original loader.
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { importDataset } from '../../src/import/import-dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { faultOf } from '../support/fault.js'
import { imported, picture, writeFiles } from '../support/imported.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
let made = 0
const fresh = () => join(root, `made-${made++}`)
const base64 = async (n: number) => (await picture(n)).toString('base64')
const record = (answer: string, images: string[] = [], related: string[] = []) => ({
  ...{ instruction: 'q', answer, image_ids: images, rel_ins_ids: related },
})

type Entries = readonly (readonly [key: string, value: unknown])[]

/** An object whose keys may repeat. */
const object = (entries: Entries) =>
  `{${entries.map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(', ')}}`

interface Set {
  readonly pairs: Entries
  readonly images?: Entries
  readonly train?: Entries
}

async function importSets(sets: Readonly<Record<string, Set>>, change: object = { duplicates: 'keep' }) {
  const files = Object.entries(sets).flatMap(([name, { pairs, images = [], train }]) => [
    [`${name}_instructions.json`, `{"data": ${object(pairs)}}`] as const,
    [`${name}.json`, object(images)] as const,
    ...(train === undefined ? [] : [[`${name}_train.json`, object(train)] as const]),
  ])
  const folder = writeFiles(fresh(), Object.fromEntries(files))
  const out = fresh()
  const all = (ending: RegExp) => files.filter(([name]) => ending.test(name)).map(([name]) => join(folder, name))
  const { issues } = await importDataset({
    paths: all(/_instructions/),
    images: all(/^[^_]*\.json/),
    train: all(/_train/),
    out,
    ...change,
  })
  expect(await verifyDataset(out, { deep: true })).toMatchObject({ ok: true })
  const { pairs, media, contexts } = await imported(out)
  return {
    pairs: pairs.map(({ id, response, mediaIds }) => [id, response, mediaIds]),
    media: media.map(({ ids }) => ids),
    contexts,
    issues: issues.map(({ code, level, count, examples }) => [code, level, count, examples[0]!.message] as const),
  }
}

test('pairs are all kept; the last has the id, and what names the id means the last', async () => {
  const { pairs, contexts, issues } = await importSets({
    S: {
      pairs: [
        ['X', record('first')],
        ['Y', record('y', [], ['X'])],
        ['X', record('second', [], ['X', 'Y'])],
        ['X', record('third', [], ['Y'])],
      ],
      train: [
        ['X', ['Y']],
        ['Y', ['X']],
      ],
    },
  })
  expect(pairs.map(([id, response]) => [id, response])).toEqual([
    ['X#1', 'first'],
    ['Y', 'y'],
    ['X#2', 'second'],
    ['X', 'third'],
  ])
  expect(contexts).toEqual({
    // For the second, `X` is another pair than itself.
    rel_ins_ids: { 'X#1': [], Y: ['X'], 'X#2': ['X', 'Y'], X: ['Y'] },
    train: { X: ['Y'], Y: ['X'] },
  })
  expect(issues[0]).toEqual(['MIMICIT_DUPLICATE_ID', 'warning', 2, 'pair X occurs again; this one becomes X#1'])
})

test('pictures are all kept, the same bytes once', async () => {
  const [a, b] = [await base64(1), await base64(2)]
  const { pairs, media, issues } = await importSets({
    S: {
      pairs: [['P', record('p', ['I', 'I#1'])]],
      images: [
        ['I', a],
        ['I', b],
        ['I', b],
        ['J', a],
        ['I', a],
      ],
    },
  })
  // The third and the last are told from the second; the first, `J` and the last are one content.
  expect(media).toEqual([['I#1', 'J', 'I'], ['I#2']])
  expect(pairs).toEqual([['P', 'p', ['I', 'I#1']]])
  expect(issues).toEqual([
    ['MIMICIT_DUPLICATE_ID', 'warning', 2, 'picture I occurs again, not the same; this one becomes I#1'],
  ])
})

test('a name that the source has itself is not given, nor one of another source', async () => {
  const { pairs } = await importSets({
    A: { pairs: [['X', record('of A')]] },
    B: {
      pairs: [
        ['X', record('1 of B')],
        ['B/X#1', record('somebody named it so')],
        ['X', record('2 of B')],
      ],
    },
  })
  expect(pairs.map(([id, response]) => [id, response])).toEqual([
    ['X', 'of A'],
    ['B/X#2', '1 of B'],
    ['B/X#1', 'somebody named it so'],
    ['B/X', '2 of B'],
  ])
})

test('the error that stops says how to keep both', async () => {
  const pairs: Entries = [
    ['X', record('first')],
    ['X', record('second')],
  ]
  const fault = await faultOf(importSets({ S: { pairs } }, {}))
  expect([fault.code, fault.message]).toEqual(['MIMICIT_DUPLICATE_ID', expect.stringContaining('--duplicates keep')])
})

test('whatever repeats, every pair is there once, in order, under a name of its own', async () => {
  const ids = fc.array(fc.constantFrom('X', 'Y', 'X#1', 'X#2'), { minLength: 1, maxLength: 7 })
  await fc.assert(
    fc.asyncProperty(ids, async (keys) => {
      const { pairs } = await importSets({ S: { pairs: keys.map((key, i) => [key, record(`${i}`)]) } })
      expect(pairs.map(([, response]) => response)).toEqual(keys.map((_, i) => `${i}`))
      expect(new Set(pairs.map(([id]) => id)).size).toBe(keys.length)
      for (const key of keys) {
        const [, response] = pairs.find(([id]) => id === key)!
        expect(response).toBe(`${keys.lastIndexOf(key)}`)
      }
    }),
    { numRuns: 12 },
  )
})
