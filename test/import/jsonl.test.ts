import { existsSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importDataset } from '../../src/import/import-dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { faultOf } from '../support/fault.js'
import { imported, picture, writeFiles } from '../support/imported.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
let made = 0
const fresh = (name: string) => join(root, `${name}-${made++}`)
const PICTURES = {
  'p/a.png': await picture(1),
  'p/b.webp': await picture(2, 'webp'),
  'clip/f2.jpg': await picture(3, 'jpeg'),
  'clip/f10.jpg': await picture(4, 'jpeg'),
}
const line = { instruction: 'q', response: 'a' }

const write = (lines: unknown) => writeFiles(fresh('in'), { 'my.jsonl': lines, ...PICTURES })

async function importLines(lines: unknown, change: object = {}) {
  const folder = write(lines)
  const out = fresh('out')
  const { issues } = await importDataset({ paths: [join(folder, 'my.jsonl')], out, ...change })
  expect(await verifyDataset(out, { deep: true })).toMatchObject({ ok: true })
  return { ...(await imported(out)), issues }
}

test('a file that is cut short while it is read was changed, not damaged', async () => {
  const folder = writeFiles(fresh('cut'), {
    'x.jsonl': Array.from({ length: 6000 }, (_, i) => ({ id: `${i}`, instruction: 'q'.repeat(1000), response: 'a' })),
  })
  const path = join(folder, 'x.jsonl')
  const out = fresh('out')
  const cut = ({ done }: { readonly done: number }) => {
    if (done > 0) truncateSync(path, 100)
  }
  const fault = await faultOf(importDataset({ paths: [path], out, onProgress: cut }))
  expect([fault.code, fault.parts.where]).toEqual(['MIMICIT_SOURCE_CHANGED', path])
  expect(existsSync(out)).toBe(false)
})

describe('JSONL', () => {
  test('every field is read, and what is left becomes metadata', async () => {
    const { pairs, contexts, media } = await importLines([
      {
        id: 'one',
        question: 'What?',
        answer: 'A.',
        images: ['p/a.png', './p/b.webp'],
        language: 'de',
        split: 'val',
        subset: 'S',
      },
      { prompt: 'Why?', output: 'B.', image: 'p/a.png', context: ['one'], source: { n: 1 } },
      { id: 3, ...line, video: 'clip', context: 'my_2' },
      { ...line, video: ['p/b.webp', 'p/a.png'] },
      { ...line, images: null, context: [] },
    ])
    expect(pairs).toMatchObject([
      {
        id: 'one',
        instruction: 'What?',
        response: 'A.',
        language: 'de',
        split: 'validation',
        subset: 'S',
        mediaKind: 'images',
      },
      { id: 'my_2', instruction: 'Why?', response: 'B.', language: 'en', split: null, metadata: { source: { n: 1 } } },
      { id: '3', mediaKind: 'video', mediaIds: ['clip/f2.jpg', 'clip/f10.jpg'] },
      { id: 'my_4', mediaKind: 'video', mediaIds: ['p/b.webp', 'p/a.png'] },
      { id: 'my_5', mediaKind: 'none', metadata: null },
    ])
    expect(pairs[0]!.mediaIds).toEqual(['p/a.png', 'p/b.webp'])
    expect(contexts).toEqual({ context: { one: [], my_2: ['one'], '3': ['my_2'], my_4: [], my_5: [] } })
    expect(media.map(({ ids, clip }) => [ids[0], clip])).toEqual([
      ['p/a.png', null],
      ['p/b.webp', null],
      ['clip/f2.jpg', 'clip'],
      ['clip/f10.jpg', 'clip'],
    ])
  })

  test('frames may have any name of pictures; one of a kind that is not read is told', async () => {
    const lines = [{ ...line, video: 'more' }]
    const sound = { 'more/1.jfif': await picture(1, 'jpeg'), 'more/2.JPE': await picture(2, 'jpeg') }
    const folder = writeFiles(fresh('in'), { 'my.jsonl': lines, ...sound })
    const out = fresh('out')
    await importDataset({ paths: [join(folder, 'my.jsonl')], out })
    expect((await imported(out)).pairs[0]!.mediaIds).toEqual(['more/1.jfif', 'more/2.JPE'])
    writeFiles(folder, { 'more/3.bmp': 'BM' })
    const fault = await faultOf(importDataset({ paths: [join(folder, 'my.jsonl')], out: fresh('out') }))
    expect([fault.code, fault.message.includes('more/3.bmp')]).toEqual(['MIMICIT_BAD_PICTURE', true])
  })

  test('contexts may be lists by table, as an export writes them; those of train make the training list', async () => {
    const { contexts } = await importLines([
      { id: 'a', ...line, context: { rel_ins_ids: [], train: [] } },
      { id: 'b', ...line, context: { rel_ins_ids: ['a', 'c'], train: ['a'] } },
      { id: 'c', ...line, context: { rel_ins_ids: ['a'] } },
    ])
    expect(contexts).toEqual({ rel_ins_ids: { a: [], b: ['a', 'c'], c: ['a'] }, train: { a: [], b: ['a'] } })
    const folder = write([{ id: 'a', ...line, context: { 'a/b': [] } }])
    const fault = await faultOf(importDataset({ paths: [join(folder, 'my.jsonl')], out: fresh('out') }))
    expect([fault.code, fault.message.includes('a/b')]).toEqual(['MIMICIT_BAD_RECORD', true])
  })

  test('ids of pictures, places, times and metadata may be named, as an export writes them', async () => {
    const { pairs, media } = await importLines([
      { ...line, subset: 'DC', images: ['p/a.png', 'p/b.webp'], media_ids: ['A', '../B'], positions: [0, 1] },
      { ...line, video: 'clip', media_ids: ['f_0', 'f_1'], times: [0, 0.5], metadata: { k: 1 } },
      { ...line, image: 'p/a.png', media_ids: ['A'], metadata: 'none', source: 'x' },
      { ...line, image: 'p/a.png', media_ids: ['again'], metadata: { k: 1 }, source: 'x' },
      { ...line, metadata: null },
    ])
    expect(pairs).toMatchObject([
      { mediaIds: ['A', '../B'], mediaPositions: [0, 1], mediaTimes: null, mediaKind: 'images', metadata: null },
      { mediaIds: ['f_0', 'f_1'], mediaTimes: [0, 0.5], metadata: { k: 1 } },
      { mediaIds: ['A'], metadata: { metadata: 'none', source: 'x' } },
      { mediaIds: ['again'], metadata: { metadata: { k: 1 }, source: 'x' } },
      { metadata: null },
    ])
    expect(media.map(({ ids, clip }) => [ids, clip])).toEqual([
      [['A', 'again'], null],
      [['../B'], null],
      [['f_0'], 'clip'],
      [['f_1'], 'clip'],
    ])
    const twice = importLines([{ ...line, images: ['p/a.png', 'p/b.webp'], media_ids: ['x', 'x'] }])
    expect(await faultOf(twice)).toMatchObject({
      code: 'MIMICIT_DUPLICATE_ID',
      message: expect.stringContaining('picture x'),
    })
  })

  test('the bytes of the source are those of the file and of its pictures', async () => {
    const folder = write([
      { ...line, image: 'p/a.png' },
      { ...line, images: ['p/a.png', 'p/b.webp'] },
    ])
    const { sourceBytes } = await importDataset({ paths: [join(folder, 'my.jsonl')], out: fresh('out') })
    const files = ['my.jsonl', 'p/a.png', 'p/b.webp'].map((path) => statSync(join(folder, path)).size)
    expect(sourceBytes).toBe(files.reduce((sum, bytes) => sum + bytes))
  })

  test('is told from documents and movies by the fields of its first line, not by what stands inside of them', async () => {
    const { pairs } = await importLines([{ ...line, meta: { texts: [1], video: 'x.mp4' } }])
    expect(pairs).toMatchObject([{ metadata: { meta: { texts: [1] } } }])
  })

  test.each(['', '\n \n'])('a file without a line that holds something is told: %j', async (text) => {
    const folder = writeFiles(fresh('in'), { 'my.jsonl': text, 'more.jsonl': [line] })
    const paths = [join(folder, 'my.jsonl'), join(folder, 'more.jsonl')]
    const { issues } = await importDataset({ paths, from: 'jsonl', out: fresh('out') })
    expect(issues).toMatchObject([{ code: 'MIMICIT_EMPTY', level: 'warning', count: 1 }])
    expect(issues[0]!.examples).toMatchObject([{ where: paths[0], message: 'there is no pair in it' }])
  })

  test('two files may use the same paths and ids for different things', async () => {
    const one = writeFiles(fresh('in'), {
      'x.jsonl': [{ id: 'i', ...line, image: 'a.png' }],
      'a.png': await picture(1),
    })
    const two = writeFiles(fresh('in'), {
      'x.jsonl': [{ id: 'i', ...line, image: 'a.png' }],
      'a.png': await picture(2),
    })
    const out = fresh('out')
    await importDataset({ paths: [join(one, 'x.jsonl'), join(two, 'x.jsonl')], out })
    const { pairs, media } = await imported(out)
    expect(pairs.map(({ id, mediaIds }) => [id, mediaIds])).toEqual([
      ['i', ['a.png']],
      ['x-2/i', ['x-2/a.png']],
    ])
    expect(media).toHaveLength(2)
  })

  test.each([
    ['[1]', 'MIMICIT_BAD_RECORD', 'an object'],
    ['{"instruction":"q"}', 'MIMICIT_BAD_RECORD', 'field response'],
    ['{"response":"a"}', 'MIMICIT_BAD_RECORD', 'field instruction'],
    ['{"instruction":7,"response":"a"}', 'MIMICIT_BAD_RECORD', '7'],
    ['{"instruction":"\\ud800","response":"a"}', 'MIMICIT_BAD_RECORD', 'well-formed'],
    [{ ...line, id: {} }, 'MIMICIT_BAD_RECORD', 'field id'],
    [{ ...line, split: 'toString' }, 'MIMICIT_BAD_RECORD', 'field split'],
    [{ ...line, language: 'English please' }, 'MIMICIT_BAD_RECORD', 'BCP 47'],
    [{ ...line, context: [1] }, 'MIMICIT_BAD_RECORD', 'field context'],
    [{ ...line, context: ['none'] }, 'MIMICIT_DANGLING_CONTEXT', 'none'],
    [{ ...line, image: 'p/a.png', video: 'clip' }, 'MIMICIT_BAD_RECORD', 'one of images, image and video'],
    [{ ...line, image: 'p/a.png', media_ids: ['x', 'y'] }, 'MIMICIT_BAD_RECORD', 'field media_ids'],
    [{ ...line, image: 'p/a.png', positions: [1, 2] }, 'MIMICIT_BAD_RECORD', 'field positions'],
    [{ ...line, image: 'p/a.png', positions: [9] }, 'MIMICIT_BAD_RECORD', 'inside the instruction'],
    [{ ...line, video: 'clip', times: [0, '1'] }, 'MIMICIT_BAD_RECORD', 'field times'],
    [{ ...line, image: '/etc/hostname' }, 'MIMICIT_BAD_RECORD', 'inside the folder'],
    [{ ...line, image: '../x.png' }, 'MIMICIT_BAD_RECORD', 'inside the folder'],
    [{ ...line, video: '..' }, 'MIMICIT_BAD_RECORD', 'inside the folder'],
    [{ ...line, video: 'clip.mp4' }, 'MIMICIT_UNSUPPORTED', 'Take the frames out'],
    [{ ...line, image: 'p/none.png' }, 'MIMICIT_NOT_FOUND', 'p/none.png'],
    [{ ...line, image: 'my.jsonl' }, 'MIMICIT_BAD_PICTURE', 'my.jsonl'],
    [{ ...line, video: 'none' }, 'MIMICIT_NOT_FOUND', 'none'],
    ['{"instruction":', 'MIMICIT_BAD_JSON', 'valid JSON'],
    [`{"a":${'['.repeat(300)}${']'.repeat(300)}}`, 'MIMICIT_BAD_JSON', 'nested at most 256'],
  ])('%j is told with its line', async (bad, code, part) => {
    const text = typeof bad === 'string' ? bad : JSON.stringify(bad)
    const fault = await faultOf(importLines(`${JSON.stringify(line)}\n\n${text}\n`))
    expect(fault.code).toBe(code)
    expect(fault.message).toContain(part)
    if (code !== 'MIMICIT_DANGLING_CONTEXT') expect(fault.message).toContain('line 3')
  })

  test('a link that leads out of the folder is refused, whatever the policy', async () => {
    const folder = write([{ ...line, image: 'p/out.png' }])
    writeFiles(root, { 'secret.png': await picture(9) })
    symlinkSync(join(root, 'secret.png'), join(folder, 'p', 'out.png'))
    const options = { paths: [join(folder, 'my.jsonl')], out: fresh('out') }
    for (const broken of ['error', 'skip', 'drop-visual'] as const) {
      const fault = await faultOf(importDataset({ ...options, broken }))
      expect(fault.code).toBe('MIMICIT_BAD_RECORD')
      expect(fault.message).toContain('line 1')
      expect(existsSync(options.out)).toBe(false)
    }
    await importDataset({ ...options, root })
      .then(() => expect.unreachable())
      .catch((error: unknown) => expect(error).toMatchObject({ code: 'MIMICIT_NOT_FOUND' }))
  })

  test('pictures that are not there follow the policy', async () => {
    const lines = [
      { id: 'x', ...line, images: ['p/a.png', 'p/none.png'] },
      { id: 'y', ...line, image: 'https://example.org/a.png' },
      { id: 'z', ...line, video: 'none' },
    ]
    expect((await importLines(lines, { broken: 'skip' })).pairs).toEqual([])
    const { pairs } = await importLines(lines, { broken: 'drop-visual' })
    expect(pairs.map(({ id, mediaIds }) => [id, mediaIds])).toEqual([['x', ['p/a.png']]])
  })

  test.each(['changed', 'removed', 'added to a clip'])(
    'a picture that is %s while it is imported stops it',
    async (how) => {
      const folder = write([
        { ...line, image: 'p/a.png' },
        { ...line, video: 'clip' },
      ])
      const out = fresh('out')
      let done = false
      const onProgress = ({ stage }: { stage: string }) => {
        if (done || stage !== 'reading instructions') return
        done = true
        const path = join(folder, 'p/a.png')
        if (how === 'changed') {
          writeFileSync(path, PICTURES['p/b.webp'])
          utimesSync(path, 1, 1)
        } else if (how === 'removed') rmSync(path)
        else writeFileSync(join(folder, 'clip/f11.png'), PICTURES['p/a.png'])
      }
      const fault = await faultOf(importDataset({ paths: [join(folder, 'my.jsonl')], out, onProgress }))
      expect(fault.code).toBe('MIMICIT_SOURCE_CHANGED')
      expect(existsSync(out)).toBe(false)
    },
  )
})
