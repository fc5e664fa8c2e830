// Several sets of MIMIC-IT in one import: what two of them call the same is told and renamed, never lost.
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { importDataset } from '../../src/import/import-dataset.js'
import { importMimicIt } from '../../src/import/mimic-it/index.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { faultOf } from '../support/fault.js'
import { imported, picture, writeFiles } from '../support/imported.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
let made = 0
const fresh = () => join(root, `made-${made++}`)
const record = (answer: string, images: string[], related: string[] = []) => ({
  instruction: 'q',
  answer,
  image_ids: images,
  rel_ins_ids: related,
})
const base64 = async (n: number) => (await picture(n)).toString('base64')

async function importSets(files: Record<string, unknown>, names: Record<'paths' | 'images' | 'train', string[]>) {
  const folder = writeFiles(fresh(), files)
  const out = fresh()
  const inputs = Object.entries(names).map(([name, paths]) => [name, paths.map((path) => join(folder, path))])
  const { issues } = await importDataset({ paths: [], ...Object.fromEntries(inputs), out })
  expect(await verifyDataset(out, { deep: true })).toMatchObject({ ok: true })
  return { ...(await imported(out)), issues: issues.map(({ code, count }) => [code, count]) }
}

test('ids of pairs and of pictures that collide get the name of their set, and lead to its own things', async () => {
  const { pairs, media, contexts, issues } = await importSets(
    {
      'A_instructions.json': { data: { X_INS_1: record('of A', ['I']), X_INS_2: record('2', ['I'], ['X_INS_1']) } },
      'B_instructions.json': {
        data: { X_INS_1: record('of B', ['I']), X_INS_3: record('3', ['I', 'J'], ['X_INS_1']) },
      },
      'A.json': { I: await base64(1) },
      'B_images.json': { I: await base64(2), J: await base64(1) },
      'B_train.json': { X_INS_3: ['X_INS_1', 'X_INS_2'] },
    },
    {
      paths: ['A_instructions.json', 'B_instructions.json'],
      images: ['B_images.json', 'A.json'],
      train: ['B_train.json'],
    },
  )
  expect(pairs.map(({ id, response, mediaIds }) => [id, response, mediaIds])).toEqual([
    ['X_INS_1', 'of A', ['I']],
    ['X_INS_2', '2', ['I']],
    ['B/X_INS_1', 'of B', ['B/I']],
    ['X_INS_3', '3', ['B/I', 'J']],
  ])
  expect(media.map(({ ids }) => ids)).toEqual([['I', 'J'], ['B/I']])
  expect(contexts).toEqual({
    rel_ins_ids: { X_INS_1: [], X_INS_2: ['X_INS_1'], 'B/X_INS_1': [], X_INS_3: ['B/X_INS_1'] },
    // What is trained on is what train files list.
    train: { X_INS_3: ['B/X_INS_1', 'X_INS_2'] },
  })
  expect(issues).toEqual([['MIMICIT_ID_COLLISION', 2]])
})

test('sets share images and train files of other names; sets of one name are told apart by their folders', async () => {
  const shared = await importSets(
    {
      'LADD_instructions.json': { data: { LADD_INS_1: record('a', ['LA_IMG_1']) } },
      'LACONV_instructions.json': { data: { LACONV_INS_1: record('b', ['LA_IMG_1', 'LA_IMG_2'], ['LADD_INS_1']) } },
      'LA.json': { LA_IMG_1: await base64(1), LA_IMG_2: await base64(2) },
      'LA_train.json': { LACONV_INS_1: ['LADD_INS_1'], LADD_INS_1: [] },
    },
    { paths: ['LADD_instructions.json', 'LACONV_instructions.json'], images: ['LA.json'], train: ['LA_train.json'] },
  )
  expect(shared.issues).toEqual([])
  expect(shared.pairs.map(({ mediaIds }) => mediaIds)).toEqual([['LA_IMG_1'], ['LA_IMG_1', 'LA_IMG_2']])
  expect(shared.contexts.train).toEqual({ LACONV_INS_1: ['LADD_INS_1'], LADD_INS_1: [] })
  const folders = await importSets(
    {
      'one/x_instructions.json': { data: { i: record('1', ['p']) } },
      'two/x_instructions.json': { data: { i: record('2', ['p']) } },
      'one/x.json': { p: await base64(1) },
      'two/x.json': { p: await base64(2) },
    },
    {
      paths: ['one/x_instructions.json', 'two/x_instructions.json'],
      images: ['one/x.json', 'two/x.json'],
      train: [],
    },
  )
  expect(folders.pairs.map(({ id, mediaIds }) => [id, mediaIds])).toEqual([
    ['i', ['p']],
    ['x-2/i', ['x-2/p']],
  ])
})

test('paths of several forms become one data set; each takes the inputs that are for it', async () => {
  const folder = writeFiles(fresh(), {
    'x_instructions.json': { data: { i: record('a', ['p']) } },
    'x.json': { p: await base64(1) },
    'x.jsonl': [{ id: 'i', instruction: 'q', response: 'b', image: 'p.png' }],
    'below/x.jsonl': [{ id: 'i', instruction: 'q', response: 'c', content: ['Look: ', { image: 'p.png' }, '!'] }],
    'pictures/p.png': await picture(2),
  })
  const paths = ['x_instructions.json', 'x.jsonl', 'below/x.jsonl'].map((path) => join(folder, path))
  const given = { paths, images: [join(folder, 'x.json')], root: join(folder, 'pictures') }
  const out = fresh()
  await importDataset({ ...given, out })
  const { pairs } = await imported(out)
  expect(pairs.map(({ id, response, mediaIds }) => [id, response, mediaIds])).toEqual([
    ['i', 'a', ['p']],
    ['x-2/i', 'b', ['p.png']],
    ['x-3/i', 'c', ['p.png']],
  ])
  const fault = await faultOf(importDataset({ ...given, fps: 1, out: fresh() }))
  expect([fault.code, fault.message]).toEqual(['MIMICIT_UNKNOWN_OPTION', expect.stringContaining('fps')])
})

test('a file that is named twice, by itself, in its folder or by a link, is read once', async () => {
  const A = { I: await base64(1), J: null, K: '!!!!' }
  const folder = writeFiles(fresh(), {
    'A_instructions.json': { data: { X_INS_1: record('a', ['I'], ['X_INS_2']), X_INS_2: record('b', ['I']) } },
    'A.json': A,
    'A_train.json': { X_INS_1: ['X_INS_2'] },
  })
  symlinkSync(join(folder, 'A.json'), join(folder, '..', 'link-to-A.json'))
  const images = [join(folder, 'A.json')]
  const train = [join(folder, 'A_train.json')]
  const summaryOf = async (inputs: object) => {
    const { sourceBytes, issues, manifest } = await importDataset({
      ...{ paths: [folder], broken: 'skip', out: fresh() },
      ...inputs,
    })
    const counts = issues.map(({ code, count }) => [code, count])
    return { sourceBytes, counts, rows: [manifest.tables.pairs.rows, manifest.tables.media.rows] }
  }
  const once = await summaryOf({})
  expect(once.rows).toEqual([2, 1])
  expect(await summaryOf({ paths: [folder, folder, join(folder, 'A_instructions.json')] })).toEqual(once)
  expect(await summaryOf({ images: [...images, join(folder, '..', 'link-to-A.json')], train })).toEqual(once)
  const instructions = [join(folder, 'A_instructions.json'), join(folder, '.', 'A_instructions.json')]
  const twice = { instructions, images: [...images, ...images], train: [...train, ...train] }
  const { sourceBytes } = await importMimicIt({ ...twice, broken: 'skip', out: fresh() })
  expect(sourceBytes).toBe(once.sourceBytes)
})
