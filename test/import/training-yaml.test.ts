// The training YAML of Otter: all that it names in one data set, with how it is mixed; and every way to get it wrong.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importDataset } from '../../src/import/import-dataset.js'
import { oneByOne } from '../../src/import/source.js'
import { parseTrainingYaml } from '../../src/import/training-yaml/config.js'
import { openTrainingYaml } from '../../src/import/training-yaml/sources.js'
import { splitDataset } from '../../src/layout/split.js'
import { openDataset } from '../../src/shards/dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { faultOf } from '../support/fault.js'
import { SOURCES, sourceImages } from '../support/fixtures.js'
import { writeParquetImages } from '../support/parquet-images.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
let made = 0
const fresh = (name = '') => join(root, `${made++}${name}`)
const base64 = sourceImages.map(([, bytes]) => Buffer.from(bytes).toString('base64')) as [string, string, string]

const record = (images: string[], related: string[] = []) => ({
  instruction: 'What is it?',
  answer: 'A thing.',
  image_ids: images,
  rel_ins_ids: related,
})

/** A folder with a YAML and the files that it names. */
function folder(yaml: string, files: Record<string, object> = {}): string {
  const at = fresh()
  mkdirSync(at)
  for (const [name, data] of Object.entries(files)) writeFileSync(join(at, name), JSON.stringify(data))
  writeFileSync(join(at, 'train.yaml'), yaml)
  return at
}

const importFolder = (at: string, change: object = {}) =>
  importDataset({ paths: [join(at, 'train.yaml')], out: fresh(), ...change })

async function pairsOf(out: string) {
  expect((await verifyDataset(out, { deep: true })).ok).toBe(true)
  const dataset = await openDataset(out)
  const pairs = []
  for await (const [, pair] of dataset.pairs()) pairs.push(pair)
  await dataset.close()
  return pairs
}

const TRIO = {
  'a.json': { data: { LA_INS_0: record(['LA_IMG_0']), LA_INS_1: record(['LA_IMG_0'], ['LA_INS_0']) } },
  'a_images.json': { LA_IMG_0: base64[0] },
  'a_train.json': { LA_INS_1: ['LA_INS_0'] },
}

describe('one command', () => {
  test('imports every group and keeps how they are mixed', async () => {
    const at = folder(
      `IMAGE_TEXT:
  LLaVA: # a name of one's own
    mimicit_path: a.json
    images_path: a_images.json
    train_config_path: a_train.json
    num_samples: 1
    task_description:
      - Look closely.
      - Answer shortly.
TEXT_ONLY:
  chat: { mimicit_path: chat.json, num_samples: -1, task_description: Talk. }
VIDEO_TEXT:
  clips:
    mimicit_path: clips.json
    images_path: clips.parquet
    train_config_path: ""
    num_samples: 0
IMAGE_TEXT_IN_CONTEXT:
`,
      {
        ...TRIO,
        'chat.json': { data: { 'talk-1': record([]) } },
        'clips.json': { data: { QQ_INS_0: record(['QQ_IMG_0', 'QQ_IMG_1']) } },
      },
    )
    writeParquetImages(join(at, 'clips.parquet'), [
      ['QQ_IMG_0', base64[1]],
      ['QQ_IMG_1', base64[2]],
    ])
    const { out, manifest, issues } = await importFolder(at)
    expect(issues).toEqual([])
    expect((await pairsOf(out)).map(({ id, subset, mediaKind }) => [id, subset, mediaKind])).toEqual([
      ['LA_INS_0', 'LA', 'images'],
      ['LA_INS_1', 'LA', 'images'],
      ['talk-1', 'chat', 'none'],
      ['QQ_INS_0', 'QQ', 'video'],
    ])
    const rows = (from: number, to: number) => ({ pairs: { from, to } })
    expect(manifest.mixture).toEqual([
      {
        name: 'LLaVA',
        group: 'IMAGE_TEXT',
        subsets: ['LA'],
        ...rows(0, 2),
        numSamples: 1,
        taskDescriptions: ['Look closely.', 'Answer shortly.'],
      },
      {
        name: 'chat',
        group: 'TEXT_ONLY',
        subsets: ['chat'],
        ...rows(2, 3),
        numSamples: null,
        taskDescriptions: ['Talk.'],
      },
      { name: 'clips', group: 'VIDEO_TEXT', subsets: ['QQ'], ...rows(3, 4), numSamples: null, taskDescriptions: [] },
    ])
    // One listed query, and the two pairs of sources without a list, which are trained on as a whole.
    expect(manifest.contexts.train?.rows).toBe(3)
    const provenance = JSON.parse(readFileSync(join(out, 'provenance.json'), 'utf8')) as { sources: { path: string }[] }
    expect(provenance.sources.map(({ path }) => relative(at, path))).toEqual([
      'train.yaml',
      'a.json',
      'a_images.json',
      'a_train.json',
      'chat.json',
      'clips.json',
      'clips.parquet',
    ])
  })

  test('an append keeps the mixture and adds its own; other imports have none', async () => {
    const first = folder('IMAGE_TEXT: { A: { mimicit_path: a.json, images_path: a_images.json } }', TRIO)
    const { out } = await importFolder(first)
    const second = folder('TEXT_ONLY: { B: { mimicit_path: b.json } }', { 'b.json': { data: { B_INS_0: record([]) } } })
    const { manifest } = await importFolder(second, { out: undefined, append: out })
    expect(manifest.mixture?.map(({ name, pairs }) => [name, pairs.from, pairs.to])).toEqual([
      ['A', 0, 2],
      ['B', 2, 3],
    ])
    expect((await verifyDataset(out)).ok).toBe(true)
    const { manifest: parted } = await splitDataset(out, { out: fresh(), validation: 0.5, test: 0, seed: 1 })
    expect(parted.mixture).toEqual(manifest.mixture)
    const plain = await importDataset({
      paths: SOURCES.instructions,
      images: SOURCES.images,
      train: SOURCES.train,
      out: fresh(),
    })
    expect('mixture' in plain.manifest).toBe(false)
  })

  test('files start from root, where one is given, and stay in it', async () => {
    const at = folder('IMAGE_TEXT: { A: { mimicit_path: a.json, images_path: a_images.json } }', TRIO)
    const yaml = join(root, 'elsewhere.yaml')
    writeFileSync(yaml, readFileSync(join(at, 'train.yaml')))
    const { manifest } = await importDataset({ paths: [yaml], root: at, out: fresh() })
    expect(manifest.tables.pairs.rows).toBe(2)
    const out = await faultOf(importDataset({ paths: [yaml], root: join(at, 'in'), out: fresh() }))
    expect(out.code).toBe('MIMICIT_NOT_FOUND')
    writeFileSync(yaml, 'TEXT_ONLY: { A: { mimicit_path: ../a.json } }')
    mkdirSync(join(at, 'in'))
    const fault = await faultOf(importDataset({ paths: [yaml], root: join(at, 'in'), out: fresh() }))
    expect(fault.message).toContain('TEXT_ONLY.A.mimicit_path: ../a.json leads out of')
  })
})

describe('images that several data sets name', () => {
  const yaml = `IMAGE_TEXT:
  A: { mimicit_path: a.json, images_path: a_images.json }
  B: { mimicit_path: b.json, images_path: b_images.json }
IMAGE_TEXT_IN_CONTEXT:
  B: { mimicit_path: c.json, images_path: ./b_images.json }
`
  const files = {
    ...TRIO,
    'b.json': { data: { LA_INS_8: record(['LA_IMG_0']) } },
    'b_images.json': { LA_IMG_0: base64[1] },
    'c.json': { data: { LA_INS_9: record(['LA_IMG_0']) } },
  }

  test('are read once, and mean to each what they mean to the first', async () => {
    const at = folder(yaml, files)
    const sources = await openTrainingYaml([join(at, 'train.yaml')])
    const counts: number[] = []
    for (const source of sources) {
      let count = 0
      for await (const _ of oneByOne(source.pictures())) count++
      counts.push(count)
      await source.close()
    }
    expect(sources.map(({ name }) => name)).toEqual(['A', 'IMAGE_TEXT.B', 'IMAGE_TEXT_IN_CONTEXT.B'])
    expect(counts).toEqual([1, 1, 0])
    // LA_IMG_0 is another picture in b_images.json: whoever shares that file has to see that one.
    const { out, issues } = await importFolder(at)
    expect(issues.map(({ code }) => code)).toEqual(['MIMICIT_ID_COLLISION'])
    expect((await pairsOf(out)).map(({ id, media, mediaIds }) => [id, media, mediaIds])).toEqual([
      ['LA_INS_0', [0], ['LA_IMG_0']],
      ['LA_INS_1', [0], ['LA_IMG_0']],
      ['LA_INS_8', [1], ['IMAGE_TEXT.B/LA_IMG_0']],
      ['LA_INS_9', [1], ['IMAGE_TEXT.B/LA_IMG_0']],
    ])
  })
})

describe('is refused', () => {
  test('every file that is missing, in one message, before anything is read', async () => {
    const at = folder(
      `IMAGE_TEXT:
  A: { mimicit_path: none.json, images_path: a_images.json, train_config_path: nowhere/train.json }
TEXT_ONLY:
  B: { mimicit_path: /none/b.json }
  C: { mimicit_path: . }
`,
      { 'a_images.json': {} },
    )
    const out = fresh()
    const fault = await faultOf(importFolder(at, { out }))
    expect([fault.code, fault.parts.where]).toEqual(['MIMICIT_NOT_FOUND', join(at, 'train.yaml')])
    expect(fault.parts.received).toBe(
      [
        `IMAGE_TEXT.A.mimicit_path: ${join(at, 'none.json')}`,
        `IMAGE_TEXT.A.train_config_path: ${join(at, 'nowhere/train.json')}`,
        'TEXT_ONLY.B.mimicit_path: /none/b.json',
        `TEXT_ONLY.C.mimicit_path: ${at} is a folder`,
      ].join('; '),
    )
  })

  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]']
  for (let i = 0; i < 9; i++) {
    const [last, next] = ['abcdefghij'[i], 'abcdefghij'[i + 1]]
    bomb.push(`${next}: &${next} [${Array(9).fill(`*${last}`).join(', ')}]`)
  }
  const one = 'mimicit_path: a.json'
  const mergeBomb = ['a: &a { mimicit_path: a }']
  for (let i = 1; i < 40; i++)
    mergeBomb.push(
      `m${i}: &m${i} { <<: [${Array(2)
        .fill(i === 1 ? '*a' : `*m${i - 1}`)
        .join(', ')}] }`,
    )
  const keys = Array.from({ length: 2000 }, (_, i) => `k${i}: 1`).join(', ')

  test.each([
    ['a bomb of aliases', `IMAGE_TEXT:\n${bomb.map((line) => `  ${line}`).join('\n')}`, 'alias'],
    ['an unknown key', `IMAGE_TEXT: { A: { ${one}, image_path: b } }`, 'unknown key IMAGE_TEXT.A.image_path'],
    ['an unknown group', `IMAGES: { A: { ${one} } }`, 'unknown key IMAGES'],
    ['a bomb of merge keys', `IMAGE_TEXT:\n${mergeBomb.map((line) => `  ${line}`).join('\n')}`, 'alias'],
    [
      'merge keys that copy much',
      `IMAGE_TEXT:\n  A: &a { ${keys} }\n${Array.from({ length: 950 }, (_, i) => `  B${i}: { <<: *a }`).join('\n')}`,
      'merge keys',
    ],
    ['a merge of a text', `IMAGE_TEXT: { A: { <<: x } }`, 'Merge sources must be maps'],
    [
      'an unknown key that is merged',
      `IMAGE_TEXT: { A: &a { ${one} }, B: { <<: *a, x: 1 } }`,
      'unknown key IMAGE_TEXT.B.x',
    ],
    ['a key twice', `IMAGE_TEXT: { A: { ${one} }, A: { ${one} } }`, 'unique'],
    ['a path that is none', 'IMAGE_TEXT: { A: { mimicit_path: 7 } }', 'IMAGE_TEXT.A.mimicit_path'],
    ['no path', 'IMAGE_TEXT: { A: { } }', 'IMAGE_TEXT.A.mimicit_path'],
    ['a number that is none', `IMAGE_TEXT: { A: { ${one}, num_samples: -2 } }`, 'IMAGE_TEXT.A.num_samples'],
    ['a number without end', `IMAGE_TEXT: { A: { ${one}, num_samples: 1e400 } }`, 'expected a whole number from -1 on'],
    ['a description that is none', `IMAGE_TEXT: { A: { ${one}, task_description: { a: b } } }`, 'task_description'],
    ['images of texts', `TEXT_ONLY: { A: { ${one}, images_path: b.json } }`, 'TEXT_ONLY.A.images_path'],
    ['nothing', 'IMAGE_TEXT:', 'no data set'],
    ['a list', '- IMAGE_TEXT', 'the file'],
    ['no YAML', 'IMAGE_TEXT: { A: [', 'line'],
    ['brackets without end', `IMAGE_TEXT: ${'['.repeat(200_000)}`, 'nesting'],
    ['lists in lists in lists', `IMAGE_TEXT:\n  ${'- '.repeat(5000)}a`, 'nesting'],
    ['a text without end', `IMAGE_TEXT: # ${'x'.repeat(1_000_000)}`, 'more than 1000000 bytes'],
    ['a key __proto__', `IMAGE_TEXT: { A: { ${one}, __proto__: { train_config_path: b } } }`, '__proto__'],
  ])('%s', async (_, yaml, part) => {
    const began = performance.now()
    const fault = await faultOf(importFolder(folder(yaml), { from: 'yaml' }))
    expect([fault.code, fault.parts.where.endsWith('train.yaml')]).toEqual(['MIMICIT_BAD_CONFIG', true])
    expect(fault.message).toContain(part)
    expect(performance.now() - began).toBeLessThan(5000)
  })
})

test('merge keys mean what they mean to PyYAML: keys of the data set itself count, then the first of several sources', () => {
  const yaml = `IMAGE_TEXT:
  A: &a { mimicit_path: a, images_path: p, num_samples: 3 }
  B:
    <<: *a
    num_samples: 1
  C: { <<: [{ mimicit_path: c }, *a], task_description: x }
  D:
    mimicit_path: d
    <<: *a`
  const found = parseTrainingYaml(Buffer.from(yaml), 'x.yaml')
  expect(found.map(({ instructions, images, numSamples }) => [instructions, images, numSamples])).toEqual([
    ['a', ['p'], 3],
    ['a', ['p'], 1],
    ['c', ['p'], 3],
    ['d', ['p'], 3],
  ])
  expect(found.map(({ taskDescriptions }) => taskDescriptions)).toEqual([[], [], ['x'], []])
})

test('aliases of sound size, and lists of images, are read', () => {
  const yaml = `IMAGE_TEXT:
  A: { mimicit_path: a, task_description: &d [x, y], images_path: [p, q] }
${Array.from({ length: 30 }, (_, i) => `  B${i}: { mimicit_path: b, task_description: *d, num_samples: null }`).join('\n')}`
  const found = parseTrainingYaml(Buffer.from(yaml), 'x.yaml')
  expect(found.length).toBe(31)
  expect(found[0]!.images).toEqual(['p', 'q'])
  expect(found.every(({ taskDescriptions }) => taskDescriptions.join() === 'x,y')).toBe(true)
})
