// Export to the original files of MIMIC-IT: what is written, and that importing it again gives the same content.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { exportDataset } from '../../../src/import/export/export-dataset.js'
import { type ExportFormName, exportForms } from '../../../src/import/export/forms.js'
import { importMimicIt } from '../../../src/import/mimic-it/index.js'
import { faultOf } from '../../support/fault.js'
import { importFixtures, sourceImages, sourcePairs, sourceTrain } from '../../support/fixtures.js'
import { storedPng } from '../../support/stored-png.js'
import { tempDir } from '../../support/temp-dir.js'
import { contextsById, pairsOf, picturesById } from '../../support/whole-dataset.js'
import { writeDataset } from '../../support/write-dataset.js'

const root = tempDir()
const data = join(root, 'data')
let made = 0
const fresh = () => join(root, `made-${made++}`)

/** Imports everything that an export made. */
async function importAgain(folder: string): Promise<string> {
  const paths = readdirSync(folder).sort()
  const of = (pattern: RegExp) => paths.filter((path) => pattern.test(path)).map((path) => join(folder, path))
  const [instructions, train] = [of(/_instructions\.json$/), of(/_train\.json$/)]
  const images = of(/\.json$/).filter((path) => !instructions.includes(path) && !train.includes(path))
  const out = fresh()
  await importMimicIt({ instructions, images, train, out })
  return out
}

const contentOf = async (location: string) => ({
  pairs: (await pairsOf(location)).sort((a, b) => (a.id < b.id ? -1 : 1)),
  pictures: await picturesById(location),
  contexts: await contextsById(location),
})

beforeAll(() => importFixtures(data))

describe('the fixtures', () => {
  test('come back as they were', async () => {
    const out = fresh()
    const summary = await exportDataset({ source: data, to: 'mimic-it', out })
    expect(summary).toMatchObject({ pairs: sourcePairs.length, pictures: sourceImages.length, losses: [] })
    // Both subsets name the same pictures, so that there is one images file, as in the source.
    expect(summary.files.map(({ path }) => path)).toEqual([
      ...['CGD_instructions.json', 'CGD_train.json', 'LA.json', 'LA_instructions.json', 'LA_train.json'],
    ])
    const parse = (name: string) => JSON.parse(readFileSync(join(out, name), 'utf8'))
    const instructions = ['LA', 'CGD'].map((subset) => parse(`${subset}_instructions.json`))
    expect(instructions.flatMap((file) => Object.entries(file.data))).toEqual(sourcePairs)
    expect(instructions[0].meta).toEqual({ version: '0.0.1', time: 'unknown', author: 'mimicit' })
    expect(['LA', 'CGD'].flatMap((subset) => Object.entries(parse(`${subset}_train.json`)))).toEqual(sourceTrain)
    const images = Object.entries(parse('LA.json') as Record<string, string>)
    expect(images).toEqual(sourceImages.map(([id, bytes]) => [id, bytes.toString('base64')]))
    expect(await contentOf(await importAgain(out))).toEqual(await contentOf(data))
  })

  test('give the same bytes twice; in one set of files too', async () => {
    const [one, two] = [fresh(), fresh()]
    const options = { source: data, to: 'mimic-it', name: 'ALL', time: '2023-06' } as const
    const { files } = await exportDataset({ ...options, out: one })
    await exportDataset({ ...options, out: two })
    expect(files.map(({ path }) => path)).toEqual(['ALL.json', 'ALL_instructions.json', 'ALL_train.json'])
    for (const { path, bytes } of files) {
      expect(readFileSync(join(one, path)).byteLength).toBe(bytes)
      expect(readFileSync(join(one, path)).equals(readFileSync(join(two, path)))).toBe(true)
    }
    expect(await contentOf(await importAgain(one))).toEqual(await contentOf(data))
  })

  test('can be exported in part', async () => {
    const out = fresh()
    const { pairs } = await exportDataset({ source: data, to: 'mimic-it', out, subset: ['CGD'] })
    expect(pairs).toBe(sourcePairs.filter(([id]) => id.startsWith('CGD')).length)
    expect(readdirSync(out).sort()).toEqual(['CGD.json', 'CGD_instructions.json', 'CGD_train.json'])
    const again = await pairsOf(await importAgain(out))
    expect(again).toEqual((await pairsOf(data)).filter(({ subset }) => subset === 'CGD'))
  })
})

test('any data come back: odd ids, several and shared pictures, pictures with several ids, contexts', async () => {
  const odd = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.constantFrom('../x', 'a/b', '"', '\\', '1', 'é\u0000'),
  )
  const name = fc
    .tuple(fc.constantFrom('', 'LA_INS_', 'DC_INS_', 'LA_INS_train_', 'x_IMG_'), odd)
    .map((parts) => parts.join(''))
  const isFine = (id: string) => id !== '__proto__' && !/\p{Surrogate}/u.test(id)
  const numbers = fc.array(fc.nat(30), { maxLength: 4 })
  const spec = fc.record({
    pictures: fc.uniqueArray(fc.tuple(name.filter(isFine), fc.nat(5)), { maxLength: 6, selector: ([id]) => id }),
    pairs: fc.uniqueArray(
      fc.record({ id: name.filter(isFine), text: odd.filter(isFine), media: numbers, related: numbers }),
      { minLength: 1, maxLength: 8, selector: ({ id }) => id },
    ),
    train: fc.option(numbers),
  })
  await fc.assert(
    fc.asyncProperty(spec, async ({ pictures, pairs, train }) => {
      const source = fresh()
      mkdirSync(source)
      const object = (entries: readonly (readonly [string, unknown])[]) =>
        `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`
      const pick = <T>(list: readonly T[], at: readonly number[]) =>
        at.flatMap((n) => (n < list.length ? [list[n]!] : []))
      const ids = pairs.map(({ id }) => id)
      const record = ({ id, text, media, related }: (typeof pairs)[number]) => ({
        instruction: text,
        answer: `${text}!`,
        image_ids: pick(pictures, media).map(([picture]) => picture),
        rel_ins_ids: pick(ids, related).filter((other) => other !== id),
      })
      const records = object(pairs.map((pair) => [pair.id, record(pair)]))
      writeFileSync(join(source, 'X_instructions.json'), `{"meta":{},"data":${records}}`)
      const png = (n: number) => storedPng(2, 2, () => [n, 0, 0]).toString('base64')
      writeFileSync(join(source, 'X.json'), object(pictures.map(([id, content]) => [id, png(content)])))
      const listed = [...new Set(pick(ids, train ?? []))]
      if (train !== null) writeFileSync(join(source, 'X_train.json'), object(listed.map((id) => [id, []])))
      const first = await importAgain(source)
      const out = fresh()
      await exportDataset({ source: first, to: 'mimic-it', out })
      expect(await contentOf(await importAgain(out))).toEqual(await contentOf(first))
    }),
    { numRuns: 25 },
  )
}, 60_000)

test('what the form cannot hold is told', async () => {
  const source = fresh()
  await writeDataset(source, {
    media: [
      { ids: ['I_0', 'I_zero'], content: 0, clip: 'c' },
      { ids: ['I_1'], content: 1 },
    ],
    pairs: [
      { id: 'T_INS_0', pictures: ['I_zero'], split: 'train', language: 'zh', metadata: '{"k":1}' },
      { id: 'T_INS_1', pictures: ['I_0'], mediaKind: 'video', mediaTimes: [1], mediaPositions: [0], subset: 'T_train' },
      { id: 'T_INS_2' },
    ],
    contexts: {
      near: [{ query: 1, contexts: [0], scores: [0.5] }],
      rel_ins_ids: [{ query: 0, contexts: [1], scores: null }],
    },
  })
  const out = fresh()
  const { losses, files } = await exportDataset({ source, to: 'mimic-it', out, split: ['train'] })
  expect(losses.map(({ what, examples }) => [what, ...examples])).toEqual([
    ['the split', 'T_INS_0'],
    ['the language, where it is not en', 'T_INS_0'],
    ['metadata', 'T_INS_0'],
    ['clip and time of a picture', 'I_0'],
    ['contexts of the table rel_ins_ids that are not exported', 'T_INS_0'],
  ])
  expect(files.map(({ path }) => path)).toEqual(['T.json', 'T_instructions.json'])
  const all = await exportDataset({ source, to: 'mimic-it', out: fresh() })
  expect(all.losses.map(({ what, count }) => [what, count])).toEqual([
    ['the split', 1],
    ['the language, where it is not en', 1],
    ['metadata', 1],
    ['the subset, where the id does not name it', 1],
    ['that the pictures are the frames of a video', 1],
    ['positions of pictures in the instruction', 1],
    ['times of frames', 1],
    ['the order of the rows where subsets take turns', 1],
    ['clip and time of a picture', 1],
    ['contexts of the table near', 1],
  ])
  expect(all.files.map(({ path }) => path.replace(/~[0-9a-f]{32}/, '~'))).toEqual([
    ...['T.json', 'T_instructions.json', 'T_train_~_instructions.json'],
  ])
})

describe('nothing is left', () => {
  test.each([
    ['of an export to a directory that exists', { out: data }, 'MIMICIT_NOT_EMPTY'],
    ['of an unknown form', { to: 'x' as 'mimic-it' }, 'MIMICIT_UNKNOWN_NAME'],
    ['of an unknown subset', { subset: ['XY'] }, 'MIMICIT_UNKNOWN_NAME'],
    ['of an unknown option', { nam: 'x' } as object, 'MIMICIT_UNKNOWN_OPTION'],
    ['of an export that was stopped', { signal: AbortSignal.abort() }, 'MIMICIT_ABORTED'],
  ] as const)('%s', async (_, change, code) => {
    const out = fresh()
    const fault = await faultOf(exportDataset({ source: data, to: 'mimic-it', out, ...change }))
    expect([fault.code, existsSync(out), existsSync(`${out}.partial`)]).toEqual([code, false, false])
  })

  test.each(Object.keys(exportForms))('of an export to %s of a data set with a damaged picture', async (to) => {
    const [source, out] = [fresh(), fresh()]
    cpSync(data, source, { recursive: true })
    const shard = join(source, 'media', '00000.parquet')
    const bytes = readFileSync(shard)
    bytes[Math.floor(bytes.byteLength / 2)]! ^= 1
    writeFileSync(shard, bytes)
    const fault = await faultOf(exportDataset({ source, to: to as ExportFormName, out }))
    expect([fault.code, existsSync(out), existsSync(`${out}.partial`)]).toEqual(['MIMICIT_CORRUPT', false, false])
  })

  test('of an export that is stopped while it writes', async () => {
    const out = fresh()
    const stop = new AbortController()
    const onProgress = ({ stage }: { readonly stage: string }) => stage === 'writing pictures' && stop.abort()
    const work = exportDataset({ source: data, to: 'mimic-it', out, signal: stop.signal, onProgress })
    expect((await faultOf(work)).code).toBe('MIMICIT_ABORTED')
    expect([existsSync(out), existsSync(`${out}.partial`)]).toEqual([false, false])
  })
})
