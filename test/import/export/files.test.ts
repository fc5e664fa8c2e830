// Export to text with pictures as files (jsonl, llava): read back with plain JSON.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { exportDataset } from '../../../src/import/export/export-dataset.js'
import { importFixtures, sourceImages, sourcePairs, sourceTrain } from '../../support/fixtures.js'
import { tempDir } from '../../support/temp-dir.js'
import { type DatasetSpec, pictureBytes, writeDataset } from '../../support/write-dataset.js'

const root = tempDir()
const data = join(root, 'data')
const rich = join(root, 'rich')

const spec: DatasetSpec = {
  media: [
    { ids: ['../a', 'a'], content: 0 },
    { ids: ['b'], content: 1 },
    { ids: ['alone'], content: 2 },
  ],
  pairs: [
    { id: 'c_0', pictures: ['a'], instruction: 'Who?', response: 'He.' },
    { id: 'c_1', pictures: ['a'], instruction: 'And?', response: 'She.' },
    {
      id: 'v',
      pictures: ['b', 'a'],
      mediaKind: 'video',
      mediaTimes: [0, 1.5],
      mediaPositions: [0, 3],
      instruction: 'In  it',
    },
    { id: 'late', pictures: ['a'], instruction: 'Is <image> a word?' },
    { id: 't', split: 'test', language: 'zh', metadata: '{"n":12345678901234567890}' },
  ],
  contexts: {
    rounds: [
      { query: 1, contexts: [0], scores: null },
      { query: 3, contexts: [0, 1], scores: null },
    ],
    near: [
      { query: 4, contexts: [2, 0], scores: [1, 0.5] },
      { query: 0, contexts: [], scores: null },
    ],
  },
}

beforeAll(async () => {
  await importFixtures(data)
  await writeDataset(rich, spec)
})

const filesOf = (folder: string) =>
  readdirSync(join(folder, 'images'))
    .sort()
    .map((name) => [name, readFileSync(join(folder, 'images', name)).toString('hex')])
const expectedFiles = sourceImages.map(([id, bytes]) => [`${id}.jpg`, bytes.toString('hex')]).sort()
const linesOf = (folder: string): Record<string, unknown>[] =>
  readFileSync(join(folder, 'data.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

describe('jsonl', () => {
  test('has the fixtures line by line, and their pictures', async () => {
    const out = join(root, 'jsonl')
    const { losses } = await exportDataset({ source: data, to: 'jsonl', out })
    expect(losses).toEqual([])
    const train = new Map(sourceTrain)
    expect(linesOf(out)).toEqual(
      sourcePairs.map(([id, { instruction, answer, image_ids, rel_ins_ids }]) => ({
        ...{ id, subset: id.split('_')[0], language: 'en', instruction, response: answer },
        ...(image_ids.length > 0 && { images: image_ids.map((image) => `images/${image}.jpg`), media_ids: image_ids }),
        context: { rel_ins_ids, ...(train.has(id) && { train: train.get(id) }) },
      })),
    )
    expect(filesOf(out)).toEqual(expectedFiles)
  })

  test('has everything else that a pair may have; ids become safe names', async () => {
    const out = join(root, 'rich-jsonl')
    const { losses } = await exportDataset({ source: rich, to: 'jsonl', out })
    const [c0, , v, , t] = linesOf(out)
    const [odd] = c0!.images as [string]
    expect(odd).toMatch(/^images\/_a~[0-9a-f]{32}\.png$/)
    expect(c0).toMatchObject({ media_ids: ['a'], context: { near: [] } })
    expect(v).toMatchObject({ video: ['images/b.png', odd], media_ids: ['b', 'a'], positions: [0, 3], times: [0, 1.5] })
    expect(t).toMatchObject({ split: 'test', language: 'zh', context: { near: ['v', 'c_0'] } })
    expect(readFileSync(join(out, 'data.jsonl'), 'utf8')).toContain('"metadata":{"n":12345678901234567890}}\n')
    expect(Object.keys(t!)).not.toContain('images')
    const hex = (content: number) => Buffer.from(pictureBytes(content)).toString('hex')
    expect(filesOf(out)).toEqual([
      [odd.slice('images/'.length), hex(0)],
      ['b.png', hex(1)],
    ])
    expect(losses.map(({ what }) => what)).toEqual([
      ...['further ids of a picture', 'pictures that no pair names'],
      ...['scores of the context table near', 'the order of the context table near'],
    ])
  })
})

describe('llava', () => {
  test('has an entry for each pair of the fixtures, and their pictures', async () => {
    const out = join(root, 'llava')
    await exportDataset({ source: data, to: 'llava', out })
    expect(JSON.parse(readFileSync(join(out, 'data.json'), 'utf8'))).toEqual(
      sourcePairs.map(([id, { instruction, answer, image_ids }]) => {
        const files = image_ids.map((image) => `images/${image}.jpg`)
        return {
          id,
          ...(files.length > 0 && { image: files.length === 1 ? files[0] : files, media_ids: image_ids }),
          conversations: [
            { from: 'human', value: `${'<image>\n'.repeat(files.length)}${instruction}` },
            { from: 'gpt', value: answer },
          ],
        }
      }),
    )
    expect(filesOf(out)).toEqual(expectedFiles)
  })

  test('rounds may show other pictures, and a picture inside of a character goes in front of it', async () => {
    const [source, out] = [join(root, 'shown'), join(root, 'shown-llava')]
    await writeDataset(source, {
      media: spec.media!,
      pairs: [
        { id: 'r_0', pictures: ['a'], instruction: 'a\nb', mediaPositions: [1] },
        { id: 'r_1', pictures: ['b', 'a'], instruction: '😀', mediaPositions: [0, 1] },
        { id: 'r_2', pictures: ['b', 'a'], instruction: 'And?' },
      ],
      contexts: { rounds: [0, 1, 2].map((query) => ({ query, contexts: [0, 1].slice(0, query), scores: null })) },
    })
    const { losses } = await exportDataset({ source, to: 'llava', out })
    const [entry, ...more] = JSON.parse(readFileSync(join(out, 'data.json'), 'utf8'))
    expect(more).toEqual([])
    expect(entry).toMatchObject({ id: 'r', media_ids: ['a', 'b', 'a'], round_ids: ['r_0', 'r_1', 'r_2'] })
    const said = entry.conversations.map(({ value }: { value: string }) => value)
    expect(said).toEqual(['a<image>\n\nb', 'It is r_0.', '<image><image>😀', 'It is r_1.', 'And?', 'It is r_2.'])
    expect(losses.map(({ what }) => what)).toContain(
      'positions of pictures inside of a character: they went in front of it',
    )
  })

  test('joins rounds that follow each other, marks pictures at their places, tells what it loses', async () => {
    const out = join(root, 'rich-llava')
    const { losses } = await exportDataset({ source: rich, to: 'llava', out })
    const entries = JSON.parse(readFileSync(join(out, 'data.json'), 'utf8'))
    expect(
      entries.map(({ id, conversations }: { id: string; conversations: { value: string }[] }) => [
        id,
        ...conversations.map(({ value }) => value),
      ]),
    ).toEqual([
      ['c', '<image>\nWho?', 'He.', 'And?', 'She.'],
      ['v', '<image>In <image> it', 'It is v.'],
      ['late', '<image>\nIs < image> a word?', 'It is late.'],
      ['t', 'What is t?', 'It is t.'],
    ])
    expect(entries[0]).toMatchObject({ round_ids: ['c_0', 'c_1'], media_ids: ['a'] })
    expect(entries[3]).not.toHaveProperty('image')
    expect(readFileSync(join(out, 'data.json'), 'utf8')).toContain('],"n":12345678901234567890}')
    expect(losses.map(({ what }) => what)).toEqual([
      'the subset, where the id does not name it',
      'that the pictures are the frames of a video',
      'times of frames',
      'the split',
      'the language, where it is not en',
      'further ids of a picture',
      'pictures that no pair names',
      'contexts of the table near',
      'rounds that do not follow each other: they became entries',
      'that <image> in the text is no picture: it became < image>',
    ])
  })
})
