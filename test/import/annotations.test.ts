// Published sets of annotations in the forms in which they are published, small: what comes out, and what is refused.
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { VisualAnnotation } from '../../src/import/annotations/annotation.js'
import { annotationSets } from '../../src/import/annotations/index.js'
import { openUnzipped } from '../../src/import/annotations/unzipped.js'
import { jsonItems, jsonSequence, parseEntry } from '../../src/import/json-stream.js'
import { bytesFile } from '../support/bytes-file.js'
import { faultOf } from '../support/fault.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
let made = 0

function write(content: unknown): string {
  const path = join(dir, `${made++}.json`)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

async function read(set: keyof typeof annotationSets, ...contents: unknown[]): Promise<VisualAnnotation[]> {
  const all: VisualAnnotation[] = []
  for await (const one of annotationSets[set].read(contents.map(write), dir)) all.push(one)
  return all
}

const NONE = {
  title: null,
  description: null,
  durationSeconds: null,
  captions: [],
  objects: [],
  segments: [],
  notes: [],
}

const images = [
  { id: 42, file_name: '000000000042.jpg', width: 200, height: 100 },
  { id: 7, file_name: '000000000007.jpg', width: 10, height: 10 },
]
const captions = {
  info: { year: 2017 },
  images,
  annotations: [
    { image_id: 42, id: 1, caption: 'A dog. ' },
    { image_id: 7, id: 2, caption: 'A cup.' },
    { image_id: 42, id: 3, caption: 'A dog runs.' },
  ],
}
const instances = {
  images,
  annotations: [
    { image_id: 42, id: 9, category_id: 18, bbox: [50, 25, 100, 80], iscrowd: 0, segmentation: [[1, 2, 3]], area: 5 },
    { image_id: 42, id: 8, category_id: 1, bbox: [0, 0, 20, 10], iscrowd: 1, segmentation: { counts: [1], size: [1] } },
  ],
  categories: [
    { supercategory: 'person', id: 1, name: 'person' },
    { supercategory: 'animal', id: 18, name: 'dog' },
  ],
}

describe('COCO', () => {
  const dog = { id: '000000000042', mediaKind: 'images', mediaIds: ['000000000042'] }
  const mediaId = '000000000042'
  const said = [
    { text: 'A dog.', mediaId },
    { text: 'A dog runs.', mediaId },
  ]
  const seen = [
    { category: 'dog', box: [0.25, 0.25, 0.75, 1], crowd: false, mediaId },
    { category: 'person', box: [0, 0, 0.1, 0.1], crowd: true, mediaId },
  ]

  test('captions and objects of a picture come together, whichever file is first', async () => {
    const both = await read('coco', captions, instances)
    expect(both).toEqual([
      { ...NONE, ...dog, captions: said, objects: seen },
      { ...NONE, id: '000000000007', mediaKind: 'images', mediaIds: ['000000000007'], captions: [expect.anything()] },
    ])
    expect(await read('coco', instances, captions)).toEqual(both)
  })

  test('either file is enough; a picture of which nothing is said does not come', async () => {
    expect(await read('coco', instances)).toEqual([{ ...NONE, ...dog, objects: seen }])
    expect((await read('coco', captions))[0]).toEqual({ ...NONE, ...dog, captions: said })
  })

  test.each([
    ['MIMICIT_DANGLING_MEDIA', { ...captions, annotations: [{ image_id: 1, caption: 'x' }] }, 'the id 1'],
    ['MIMICIT_BAD_RECORD', { ...instances, categories: [] }, 'the id 18'],
    ['MIMICIT_BAD_RECORD', { ...captions, annotations: [{ image_id: 42, caption: 3 }] }, 'annotation 0'],
    ['MIMICIT_BAD_RECORD', { ...captions, annotations: [{ image_id: 42, caption: 3 }] }, 'caption: Invalid input'],
    ['MIMICIT_BAD_JSON', { images }, 'a key "annotations"'],
    ['MIMICIT_BAD_JSON', JSON.stringify(captions).slice(0, -30), 'the end of the file'],
  ])('%s: %j', async (code, content, part) => {
    const fault = await faultOf(read('coco', content))
    expect([fault.code, fault.message]).toEqual([code, expect.stringContaining(part)])
    expect(fault.message).toContain(dir)
  })
})

test('Spot-the-Diff: two frames by the names of MIMIC-IT, one sentence a line', async () => {
  const content = [
    { img_id: '954', sentences: ['a car is gone ', 'a man came'] },
    { img_id: '954', sentences: ['the car left'] },
  ]
  const mediaIds = ['00954_1', '00954_2']
  expect(await read('spot-the-diff', content)).toEqual([
    {
      ...NONE,
      id: '00954',
      mediaKind: 'images',
      mediaIds,
      captions: [
        { text: 'a car is gone', mediaId: null },
        { text: 'a man came', mediaId: null },
      ],
    },
    { ...NONE, id: '00954/2', mediaKind: 'images', mediaIds, captions: [{ text: 'the car left', mediaId: null }] },
  ])
  expect((await faultOf(read('spot-the-diff', { img_id: '1' }))).code).toBe('MIMICIT_BAD_JSON')
  expect((await faultOf(read('spot-the-diff', [{ img_id: '1' }]))).message).toContain('entry 0')
})

test('ActivityNet: moments of a clip; the second person is an annotation of its own', async () => {
  const clip = {
    duration: 60.5,
    timestamps: [
      [0.3, 55],
      [13, 60.5],
    ],
    sentences: ['One.', '  Two.'],
  }
  const found = await read('activitynet-captions', { v_a: clip }, { v_a: { ...clip, sentences: ['Eins.', 'Zwei.'] } })
  expect(found[0]).toEqual({
    ...NONE,
    id: 'v_a',
    mediaKind: 'video',
    mediaIds: ['v_a'],
    durationSeconds: 60.5,
    segments: [
      { startSeconds: 0.3, endSeconds: 55, text: 'One.' },
      { startSeconds: 13, endSeconds: 60.5, text: 'Two.' },
    ],
  })
  expect(found.map(({ id }) => id)).toEqual(['v_a', 'v_a/2'])
  const short = await faultOf(read('activitynet-captions', { v_a: { ...clip, sentences: ['One.'] } }))
  expect([short.code, short.message]).toEqual(['MIMICIT_BAD_RECORD', expect.stringContaining('clip v_a')])
})

test('TV Captions: the moments of a clip come together, wherever their lines stand', async () => {
  const line = (vid_name: string, ts: number[], ...descs: string[]) =>
    JSON.stringify({ vid_name, duration: 61, ts, clip_id: 1, descs: descs.map((desc) => ({ desc, type: 'v' })) })
  const lines = [line('a', [0, 2], 'One.'), line('b', [1, 2], 'Other.'), line('a', [5, 9], 'Two.', 'Too.')]
  const found = await read('tvc', `${lines.join('\n')}\n`)
  expect(found.map(({ id, mediaIds, durationSeconds }) => [id, mediaIds, durationSeconds])).toEqual([
    ['a', ['a'], 61],
    ['b', ['b'], 61],
  ])
  expect(found[0]?.segments).toEqual([
    { startSeconds: 0, endSeconds: 2, text: 'One.' },
    { startSeconds: 5, endSeconds: 9, text: 'Two.' },
    { startSeconds: 5, endSeconds: 9, text: 'Too.' },
  ])
  expect((await faultOf(read('tvc', `${lines[0]}\n{"vid_name":`))).code).toBe('MIMICIT_BAD_JSON')
})

describe('VIST', () => {
  const of = (story: string, order: number, photo: string, text: string) => [
    { album_id: '5', story_id: story, worker_arranged_photo_order: order, photo_flickr_id: photo, original_text: text },
  ]
  const head = {
    images: [
      { id: '11', title: 'Cake', tags: 'birthday cake' },
      { id: '12', title: '', tags: '' },
    ],
    albums: [{ id: '5', title: 'Party', description: '' }],
  }

  test('a story has its photos in its order, with its album', async () => {
    const annotations = [of('1', 1, '12', 'Then they slept.'), of('1', 0, '11', 'They ate.')]
    expect(await read('vist', { ...head, annotations, type: 'x' })).toEqual([
      {
        ...NONE,
        id: 'story-1',
        mediaKind: 'images',
        mediaIds: ['11', '12'],
        title: 'Party',
        captions: [
          { text: 'They ate.', mediaId: '11' },
          { text: 'Then they slept.', mediaId: '12' },
        ],
        notes: [
          { mediaId: '11', title: 'Cake', tags: ['birthday', 'cake'] },
          { mediaId: '12', title: null, tags: [] },
        ],
      },
    ])
  })

  test('descriptions in isolation come by photo, also from a reference file', async () => {
    const one = (text: string) => [{ album_id: '5', photo_flickr_id: '11', text, original_text: '' }]
    const captions = ['A cake.', 'A big cake.'].map((text) => ({ text, mediaId: '11' }))
    const found = await read('vist', { annotations: [one('A cake.'), one('A big cake.')] })
    expect(found).toEqual([{ ...NONE, id: '11', mediaKind: 'images', mediaIds: ['11'], captions }])
    expect(await read('vist', { 11: ['A cake.', 'A big cake.'] })).toEqual(found)
  })

  test('a file without annotations is none of the set', async () => {
    expect((await faultOf(read('vist', head))).code).toBe('MIMICIT_BAD_JSON')
  })
})

describe('gzipped files', () => {
  const zipped = (content: unknown) => {
    const path = join(dir, `${made++}.json.gz`)
    writeFileSync(path, gzipSync(JSON.stringify(content)))
    return path
  }

  test('say what they say when they are unpacked', async () => {
    const stories = { '72157': ['a story .'], '72158': ['another .'] }
    for (const [set, content] of [
      ['coco', captions],
      ['vist', stories],
    ] as const) {
      const found: VisualAnnotation[] = []
      for await (const one of annotationSets[set].read([zipped(content)])) found.push(one)
      expect(found).toEqual(await read(set, content))
    }
  })

  test('that are cut short, or have no end, are refused', async () => {
    const path = zipped(captions)
    truncateSync(path, 40)
    expect((await faultOf(annotationSets.coco.read([path])[Symbol.asyncIterator]().next())).code).toBe(
      'MIMICIT_CORRUPT',
    )
    const fault = await faultOf(openUnzipped(zipped('0'.repeat(5000)), dir, 1000))
    expect([fault.code, fault.message]).toEqual(['MIMICIT_CORRUPT', expect.stringContaining('more than 1000 bytes')])
  })
})

describe('lists as streams', () => {
  const all = async (entries: AsyncIterable<{ key: string; value: Uint8Array; offset: number }>, text: string) => {
    const found: unknown[] = []
    for await (const entry of entries) found.push(parseEntry(bytesFile(Buffer.from(text)), entry))
    return found
  }

  test('elements at a path, and lines, however the file is cut into chunks', async () => {
    const value = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' })
    await fc.assert(
      fc.asyncProperty(fc.array(value), value, fc.integer({ min: 1, max: 20 }), async (list, other, chunk) => {
        const text = JSON.stringify({ before: other, list, after: other })
        expect(await all(jsonItems(bytesFile(Buffer.from(text)), ['list'], chunk), text)).toEqual(
          JSON.parse(JSON.stringify(list)),
        )
        const lines = list.map((item) => `${JSON.stringify(item)}\n`).join('')
        expect(await all(jsonSequence(bytesFile(Buffer.from(lines)), chunk), lines)).toEqual(
          JSON.parse(JSON.stringify(list)),
        )
      }),
      { numRuns: 100 },
    )
  })

  test.each(['{"list":1}', '{"list":[1', '{"list":[1}', '{"list":[1 2]}', '{"other":[', '[]'])(
    '%s is refused',
    async (text) => {
      const fault = await faultOf(all(jsonItems(bytesFile(Buffer.from(text)), ['list'], 3), text))
      expect(fault.code).toBe('MIMICIT_BAD_JSON')
    },
  )

  test('what is not asked for is never held: a part of 40 MB needs no more than a chunk', async () => {
    const text = Buffer.from(`{"big":[${'"0123456789",'.repeat(3e6)}0],"list":[1]}`)
    const file = bytesFile(text)
    expect(await all(jsonItems(file, ['list'], 1000), '')).toEqual([1])
    expect(Math.max(...file.reads.map(([, length]) => length))).toBeLessThan(3000)
  })
})

describe('rooms, narrations, clips and pairs of pictures', () => {
  test('ScanRefer: what is said of the things of a room comes together', async () => {
    const of = (scene_id: string, object_name: string, description: string) => ({
      ...{ scene_id, object_id: '1', object_name, ann_id: '0', description, token: [] },
    })
    const content = [
      of('scene0000_00', 'office_chair', 'a chair. '),
      of('scene0001_00', 'bed', 'a bed.'),
      of('scene0000_00', 'office_chair', 'black.'),
    ]
    const found = await read('scanrefer', content)
    expect(found.map(({ id, mediaKind }) => [id, mediaKind])).toEqual([
      ['scene0000_00', 'images'],
      ['scene0001_00', 'images'],
    ])
    expect(found[0]?.captions.map(({ text }) => text)).toEqual(['a chair.', 'black.'])
    expect(found[0]?.notes).toEqual([{ mediaId: 'scene0000_00', title: null, tags: ['office chair'] }])
    expect((await faultOf(read('scanrefer', [{ scene_id: 'x' }]))).code).toBe('MIMICIT_BAD_RECORD')
  })

  test('Ego4D: each stretch of sixteen seconds of each narrator is one', async () => {
    const at = (timestamp_sec: number, narration_text: string) => ({
      timestamp_sec,
      narration_text,
      timestamp_frame: 1,
    })
    const vid = {
      narration_pass_1: { narrations: [at(17, '#C C b '), at(1.5, '#C C a')], summaries: [] },
      narration_pass_2: { narrations: [at(2, '#C C c')] },
    }
    const found = await read('ego4d', { vid, other: { status: 'redacted' } })
    expect(found.map(({ id, mediaIds, span }) => [id, mediaIds, span])).toEqual([
      ['vid_00000', ['vid'], [0, 16]],
      ['vid_00016', ['vid'], [16, 32]],
      ['vid_00000/2', ['vid'], [0, 16]],
    ])
    expect(found[1]?.segments).toEqual([{ startSeconds: 17, endSeconds: 18, text: '#C C b' }])
    expect(await read('ego4d', { version: '2', videos: { vid } })).toEqual(found)
    expect((await faultOf(read('ego4d', { vid: { narration_pass_1: { narrations: [{}] } } }))).message).toContain(
      'video vid',
    )
  })

  test('FunQA: sentences of a clip come together, places of frames do not', async () => {
    const of = (task: string, output: string, visual_input = 'H_A_1.mp4') => ({
      instruction: 'x',
      visual_input,
      output,
      ID: task,
      task,
    })
    const found = await read('funqa', [
      of('H1', '[4, 64]'),
      of('H2', 'He falls. '),
      of('H2', 'A trick.', 'M_2.mp4'),
      of('H3', 'It is funny.'),
      of('H4', '[1, 2]'),
    ])
    expect(found.map(({ id, captions }) => [id, captions.map(({ text }) => text)])).toEqual([
      ['H_A_1', ['He falls.', 'It is funny.']],
      ['M_2', ['A trick.']],
    ])
    expect((await faultOf(read('funqa', [{ output: 1 }]))).code).toBe('MIMICIT_BAD_RECORD')
  })

  test('pairs of COCO: by a list or by the pairs of pictures of CGD, each once', async () => {
    const [found, ...more] = await read('coco-pairs', captions, instances, [[42, 7]])
    expect(more).toEqual([])
    expect(found).toMatchObject({ id: '000000000042-000000000007', mediaIds: ['000000000042', '000000000007'] })
    expect([found?.captions.length, found?.objects.length]).toEqual([3, 2])
    const record = {
      instruction: 'x',
      answer: 'y',
      image_ids: ['CGD_IMG_000000000042', 'CGD_IMG_000000000007'],
      rel_ins_ids: [],
    }
    const cgd = { meta: {}, data: { CGD_INS_1: record, CGD_INS_2: record } }
    expect(await read('coco-pairs', cgd, captions, instances)).toEqual([found])
    expect((await faultOf(read('coco-pairs', captions))).code).toBe('MIMICIT_BAD_RECORD')
    expect((await faultOf(read('coco-pairs', captions, [[42, 8]]))).code).toBe('MIMICIT_DANGLING_MEDIA')
    expect((await faultOf(read('coco-pairs', captions, [[42]]))).code).toBe('MIMICIT_BAD_RECORD')
  })
})
