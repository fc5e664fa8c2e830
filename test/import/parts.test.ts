// An import whose pictures were looked at in parts is that of one process, byte for byte, issues included: whatever the form,
// with ids that collide, pictures that are the same, contexts that lead from part to part, pictures that are none, and
// whatever parts are missing.
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, expect, test } from 'vitest'
import { exportDataset } from '../../src/import/export/export-dataset.js'
import { type ImportDatasetOptions, importDataset, importPart } from '../../src/import/import-dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { partsOf } from '../../src/work/part.js'
import { sourcesOf } from '../support/export-import.js'
import { faultOf } from '../support/fault.js'
import { picture, writeFiles } from '../support/imported.js'
import { expectFiles, filesOf } from '../support/killed-imports.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
let made = 0
const fresh = (name = 'made') => join(root, `${name}-${made++}`)
const COUNT = 4

const noise = (seed: number, width: number) =>
  sharp(
    Uint8Array.from({ length: width * 20 * 3 }, (_, i) => (i * seed * 31) & 255),
    {
      raw: { width, height: 20, channels: 3 },
    },
  )
    .jpeg()
    .toBuffer()

let sets: ImportDatasetOptions
let folder: ImportDatasetOptions

beforeAll(async () => {
  const base64 = async (n: number) => (await picture(n)).toString('base64')
  const images = await Promise.all(
    Array.from({ length: 30 }, async (_, n) => {
      // Every fifth is large, every seventh the same as another one under another id.
      const bytes = n % 5 === 0 ? await noise(n + 1, 60) : await picture(n % 7 === 6 ? 1 : n)
      return [`A_IMG_${n}`, bytes.toString('base64')] as const
    }),
  )
  const pairs = images.map(([id], n) => [
    id.replace('IMG', 'INS'),
    {
      ...{ instruction: `What is ${n}?`, answer: `It is ${n}.` },
      // Pairs of several pictures, and contexts, lead from part to part.
      image_ids: n % 3 === 0 ? [id, `A_IMG_${(n + 7) % 30}`] : [id],
      rel_ins_ids: [`A_INS_${(n + 1) % 30}`, `A_INS_${(n + 11) % 30}`],
    },
  ])
  const files = writeFiles(fresh('sets'), {
    'A_instructions.json': { data: Object.fromEntries(pairs) },
    // One of the large ones is the first of a list, and so is a small one.
    'A.json': Object.fromEntries(
      images.map(([id, text], n) => [id, n === 3 || n === 5 ? [text, images[0]![1]] : text]),
    ),
    // Ids of the other set for other things, one for the same, a context and a picture that are nowhere, one that is none.
    'B_instructions.json': {
      data: {
        A_INS_1: { instruction: 'q', answer: 'of B', image_ids: ['A_IMG_1'], rel_ins_ids: ['B_INS_2'] },
        B_INS_2: { instruction: 'q', answer: '2', image_ids: ['A_IMG_2', 'B_IMG_9'], rel_ins_ids: ['B_INS_7'] },
        B_INS_3: { instruction: 'q', answer: '3', image_ids: ['B_IMG_3'], rel_ins_ids: [] },
        B_INS_4: { instruction: 'q', answer: '4', image_ids: ['B_IMG_4'], rel_ins_ids: ['A_INS_1'] },
      },
    },
    'B.json': {
      A_IMG_1: await base64(77),
      A_IMG_2: await base64(2),
      B_IMG_3: Buffer.from('no picture').toString('base64'),
      B_IMG_4: '!!!!',
    },
    'A_train.json': { A_INS_3: ['A_INS_4', 'A_INS_20'] },
  })
  const at = (name: string) => join(files, name)
  sets = {
    paths: [at('A_instructions.json'), at('B_instructions.json')],
    images: [at('A.json'), at('B.json')],
    train: [at('A_train.json')],
    ...{ dangling: 'drop-visual', broken: 'skip' },
  }

  const own = fresh('folder')
  mkdirSync(join(own, 'clip'), { recursive: true })
  for (let n = 0; n < 6; n++) writeFileSync(join(own, 'clip', `${n}.png`), await picture(40 + n))
  const lines = await Promise.all(
    Array.from({ length: 12 }, async (_, n) => {
      writeFileSync(join(own, `${n}.jpg`), await noise(n + 3, 50))
      return {
        id: `X_${n}`,
        instruction: 'q',
        response: `a ${n}`,
        images: [`${n}.jpg`],
        context: [`X_${(n + 5) % 12}`],
      }
    }),
  )
  writeFiles(own, {
    'pairs.jsonl': [
      ...lines,
      { id: 'X_clip', instruction: 'q', response: 'a', video: 'clip' },
      { id: 'X_gone', instruction: 'q', response: 'a', images: ['gone.jpg'] },
    ],
  })
  folder = { paths: [join(own, 'pairs.jsonl')], broken: 'skip' }
})

const cases: readonly [string, () => ImportDatasetOptions][] = [
  ['two sets of MIMIC-IT', () => sets],
  ['two sets of MIMIC-IT, made smaller', () => ({ ...sets, maxSide: 32 })],
  ['a folder of pictures and frames', () => folder],
  ['a folder of pictures and frames, made smaller', () => ({ ...folder, maxSide: 32 })],
  ['a folder and a set', () => ({ ...sets, ...folder, paths: [...sets.paths, ...folder.paths], maxSide: 40 })],
]

test.each(cases)('%s', async (_, options) => {
  const alone = await importDataset({ ...options(), out: fresh() })
  const expected = await filesOf(alone.out)
  expect(alone.manifest.tables.pairs.rows).toBeGreaterThan(10)
  for (const missing of [[], [2], [1, 2, 3, 4]]) {
    const out = fresh()
    const directory = `${out}.parts`
    let pictures = 0
    for (const part of partsOf(COUNT).reverse()) {
      if (!missing.includes(part.index)) pictures += (await importPart({ ...options(), out }, part, directory)).pictures
    }
    if (missing.length === 0) expect(pictures).toBeGreaterThan(alone.manifest.tables.media.rows)
    const joined = await importDataset({ ...options(), out }, { directory, count: COUNT })
    await expectFiles(out, expected)
    const { issues, shrunk, manifest } = joined
    expect({ issues, shrunk, manifest }).toEqual({
      ...{ issues: alone.issues, shrunk: alone.shrunk, manifest: alone.manifest },
    })
    if (joined.report !== null) expect(readFileSync(joined.report)).toEqual(readFileSync(alone.report!))
    expect((await verifyDataset(out, { deep: true })).ok).toBe(true)
  }
})

test.each(['hf', 'llava', 'jsonl', 'mimic-it-parquet'] as const)('what an export to %s made', async (form) => {
  const exported = fresh(form)
  const { out: source } = await importDataset({ ...sets, out: fresh() })
  await exportDataset({ source, to: form, out: exported })
  const alone = await importDataset({ ...sourcesOf(form, exported), out: fresh() })
  const out = fresh()
  const directory = `${out}.parts`
  for (const index of [1, 3]) await importPart({ ...sourcesOf(form, exported), out }, { index, count: 3 }, directory)
  await importDataset({ ...sourcesOf(form, exported), out }, { directory, count: 3 })
  await expectFiles(out, await filesOf(alone.out))
})

test('faults are told by the join, as without parts, and leave no data set', async () => {
  const strict = { ...sets, broken: 'error' } as const
  const alone = await faultOf(importDataset({ ...strict, out: fresh() }))
  const out = fresh()
  const directory = `${out}.parts`
  for (const part of partsOf(2)) await importPart({ ...strict, out }, part, directory)
  const joined = await faultOf(importDataset({ ...strict, out }, { directory, count: 2 }))
  expect([joined.code, joined.parts.received]).toEqual([alone.code, alone.parts.received])
  expect(readdirSync(root).filter((name) => out.endsWith(name))).toEqual([])
})

test('what was found of a source that was changed since, or with other options, is found anew', async () => {
  const [out, changed] = [fresh(), fresh('changed')]
  writeFiles(changed, { 'A_instructions.json': readFileSync(sets.paths[0]!), 'A.json': readFileSync(sets.images![0]!) })
  const options = { paths: [join(changed, 'A_instructions.json')], images: [join(changed, 'A.json')] }
  const directory = `${out}.parts`
  for (const part of partsOf(3)) await importPart({ ...options, out, maxSide: 16 }, part, directory)
  const other = readFileSync(options.images[0]!, 'utf8').replace('"A_IMG_3"', '"A_IMG_3x"')
  writeFileSync(
    options.images[0]!,
    other.replace('"A_IMG_4"', `"A_IMG_3":"${(await picture(99)).toString('base64')}","A_IMG_4"`),
  )
  utimesSync(options.images[0]!, new Date(), new Date(Date.now() + 5000))
  await importDataset({ ...options, out }, { directory, count: 3 })
  const alone = await importDataset({ ...options, out: fresh() })
  await expectFiles(out, await filesOf(alone.out))
})

test('an append in parts is the append of one process', async () => {
  const ends = await Promise.all(
    ['alone', 'parts'].map(async (name) => {
      const { out } = await importDataset({ ...sets, out: fresh(name) })
      const directory = `${out}.parts`
      const more = { ...folder, append: out }
      if (name === 'parts') for (const part of partsOf(2)) await importPart(more, part, directory)
      await importDataset(more, name === 'parts' ? { directory, count: 2 } : undefined)
      return out
    }),
  )
  await expectFiles(ends[1]!, await filesOf(ends[0]!))
})
