import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { importDataset } from '../../src/import/import-dataset.js'
import { withoutMarks } from '../../src/import/llava/entry.js'
import { freeNames } from '../../src/import/llava/form.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { faultOf } from '../support/fault.js'
import { imported, picture, writeFiles } from '../support/imported.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
let made = 0
const fresh = (name: string) => join(root, `${name}-${made++}`)
const human = (value: string) => ({ from: 'human', value })
const gpt = (value: string) => ({ from: 'gpt', value })
const PICTURES = {
  'pictures/a.jpg': await picture(1, 'jpeg'),
  'pictures/b.png': await picture(2),
}

async function importEntries(entries: unknown, change: object = {}) {
  const folder = writeFiles(fresh('in'), { 'chat.json': entries, ...PICTURES })
  const out = fresh('out')
  const { issues } = await importDataset({
    paths: [join(folder, 'chat.json')],
    images: [join(folder, 'pictures')],
    out,
    ...change,
  })
  expect(await verifyDataset(out, { deep: true })).toMatchObject({ ok: true })
  return { ...(await imported(out)), issues }
}

test('integers that JavaScript would round keep their digits, of ids and of further fields', async () => {
  const turns = JSON.stringify([human('Q?'), gpt('A.')])
  const entry = `{"id": 12345678901234567890, "seed": 9007199254740993, "year": 2023, "conversations": ${turns}}`
  const { pairs } = await importEntries(`[${entry}]`)
  expect(pairs.map(({ id, metadata }) => [id, metadata])).toEqual([
    ['12345678901234567890', { seed: '9007199254740993', year: 2023 }],
  ])
})

const ask = (question: string, image: unknown = 'a.jpg') => ({
  id: 'x',
  image,
  conversations: [human(question), gpt('A.')],
})

describe('LLaVA', () => {
  test('rounds are pairs, earlier rounds their contexts, the picture is that of all', async () => {
    const { pairs, contexts, media } = await importEntries([
      {
        id: '215677',
        image: 'a.jpg',
        model: 'm',
        conversations: [human('What?\n<image>'), gpt('A cat.'), human('Why?'), gpt('So.'), human('Sure?'), gpt('Yes.')],
      },
    ])
    expect(pairs.map(({ id, instruction, response }) => [id, instruction, response])).toEqual([
      ['215677_0', 'What?', 'A cat.'],
      ['215677_1', 'Why?', 'So.'],
      ['215677_2', 'Sure?', 'Yes.'],
    ])
    expect(pairs.map(({ mediaIds, mediaPositions }) => [mediaIds, mediaPositions])).toEqual([
      [['a.jpg'], [5]],
      [['a.jpg'], null],
      [['a.jpg'], null],
    ])
    expect(pairs[1]).toMatchObject({ subset: 'LLaVA', mediaKind: 'images', metadata: { model: 'm' } })
    expect(contexts).toEqual({
      rounds: { '215677_0': [], '215677_1': ['215677_0'], '215677_2': ['215677_0', '215677_1'] },
    })
    expect(media.map(({ ids, format }) => [ids, format])).toEqual([[['a.jpg'], 'jpeg']])
  })

  test.each([
    ['<image>\nWhat?', 'What?', null],
    ['<image>What?', 'What?', null],
    ['What?\n<image>', 'What?', [5]],
    ['What?<image>', 'What?', [5]],
    ['What?', 'What?', null],
    ['On\n<image>\nwhat?', 'On\nwhat?', [3]],
  ])('the mark of %j is taken out and its place kept', async (question, instruction, mediaPositions) => {
    const { pairs } = await importEntries([ask(question)])
    expect(pairs).toMatchObject([{ id: 'x', instruction, mediaPositions, mediaIds: ['a.jpg'] }])
  })

  test('several pictures stand where their marks are, in any round', async () => {
    const { pairs } = await importEntries([
      {
        id: 'm',
        image: ['a.jpg', 'b.png', './a.jpg'],
        conversations: [
          human('No picture.'),
          gpt('.'),
          human('<image> or <image>?'),
          gpt('.'),
          human('<image>'),
          gpt('.'),
        ],
      },
    ])
    expect(pairs.map(({ instruction, mediaIds, mediaPositions }) => [instruction, mediaIds, mediaPositions])).toEqual([
      ['No picture.', [], null],
      ['or ?', ['a.jpg', 'b.png'], [0, 3]],
      ['', ['a.jpg'], null],
    ])
  })

  test('entries without a picture, without an id and with a system turn are read', async () => {
    const { pairs } = await importEntries([
      { conversations: [{ from: 'system', value: 'Be brief.' }, human('What is <image>?'), gpt('A tag.')] },
      { id: 7, conversations: [human('q'), gpt('a')] },
    ])
    expect(pairs).toMatchObject([
      { id: 'chat_0', instruction: 'What is <image>?', mediaKind: 'none', metadata: { system: 'Be brief.' } },
      { id: '7', metadata: null },
    ])
  })

  test('every entry of the same id is kept', async () => {
    const { pairs, issues } = await importEntries([ask('1'), ask('2', 'b.png'), { ...ask('3'), id: 'x-2' }, ask('4')])
    expect(pairs.map(({ id, instruction }) => [id, instruction])).toEqual([
      ['x', '1'],
      ['x-2', '2'],
      ['x-2-2', '3'],
      ['x-3', '4'],
    ])
    expect(issues).toEqual([])
  })

  test('names are free, whatever ids there are', () => {
    const id = fc.constantFrom('a', 'a_0', 'a_1', 'a-2', 'a-2_0', 'a_0-2')
    fc.assert(
      fc.property(fc.array(fc.tuple(id, fc.integer({ min: 1, max: 3 }))), (entries) => {
        const nameFor = freeNames()
        const names = entries.flatMap(([name, rounds]) => nameFor(name, rounds))
        expect(new Set(names).size).toBe(names.length)
        expect(names.length).toBe(entries.reduce((sum, [, rounds]) => sum + rounds, 0))
      }),
    )
  })

  test('places of marks rise and lie inside the text, and no mark is left', () => {
    const piece = fc.constantFrom('<image>', '\n', ' ', 'a', 'é', '😀', '<', 'image>')
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const marked = pieces.join('')
        const { text, positions } = withoutMarks(marked)
        expect(positions).toHaveLength(marked.split('<image>').length - 1)
        expect(positions.every((at, i) => at >= (positions[i - 1] ?? 0) && at <= text.length)).toBe(true)
        const squeeze = (value: string) => value.replace(/\s/g, '')
        expect(squeeze(text)).toBe(squeeze(marked.split('<image>').join('')))
      }),
    )
  })

  test('pictures lie in --root or beside the file, and several files are several sources', async () => {
    const folder = writeFiles(fresh('in'), {
      'one.json': [ask('1', 'pictures/a.jpg')],
      'two.json': [ask('2', 'pictures/b.png')],
      ...PICTURES,
    })
    const paths = [join(folder, 'one.json'), join(folder, 'two.json')]
    for (const change of [{}, { root: folder }, { from: 'llava' as const }]) {
      const out = fresh('out')
      const { issues } = await importDataset({ paths, out, ...change })
      expect((await imported(out)).pairs.map(({ id, mediaIds }) => [id, mediaIds])).toEqual([
        ['x', ['pictures/a.jpg']],
        ['two/x', ['pictures/b.png']],
      ])
      expect(issues.map(({ code }) => code)).toEqual(['MIMICIT_ID_COLLISION'])
    }
  })

  test.each([
    ['a string', 'entry 0', 'an entry {id, image, conversations}'],
    [{ id: 'x' }, 'id "x"', 'a list of turns'],
    [{ id: 'x', conversations: [] }, 'id "x"', 'at least one round'],
    [{ id: 'x', conversations: [human('q')] }, 'id "x"', 'a turn from gpt after each from human'],
    [{ id: 'x', conversations: [gpt('a'), human('q')] }, 'turn 0 of', 'a turn from human'],
    [{ id: 'x', conversations: [human('q'), human('q')] }, 'turn 1 of', 'a turn from gpt'],
    [{ id: 'x', conversations: [human('q'), { from: 'gpt', value: 7 }] }, 'turn 1 of', 'a text'],
    [{ id: 'x', conversations: [human('q'), null] }, 'turn 1 of', 'a turn {from, value}'],
    [{ id: 'x', conversations: Array(2002).fill(human('q')) }, 'id "x"', 'at most 1000 rounds'],
    [ask('<image><image>'), 'id "x"', 'one <image> for each of 1 pictures'],
    [ask('q', 7), 'field image', 'a text'],
    [ask('q', '/etc/passwd'), 'field image', 'a relative path inside'],
    [ask('q', '../chat.json'), 'field image', 'a relative path inside'],
    [{ ...ask('q'), id: '\ud800' }, 'field id', 'well-formed'],
  ])('%j is refused', async (entry, where, expected) => {
    const fault = await faultOf(importEntries([entry], { from: 'llava' }))
    expect(fault.code).toBe('MIMICIT_BAD_RECORD')
    expect(fault.message).toContain('entry 0')
    expect(fault.message).toContain(where)
    expect(fault.message).toContain(expected)
  })

  test('a video and a second folder of pictures are not supported', async () => {
    const video = { ...ask('q'), video: 'a.mp4' }
    expect((await faultOf(importEntries([video]))).code).toBe('MIMICIT_UNSUPPORTED')
    expect((await faultOf(importEntries([ask('q')], { root }))).code).toBe('MIMICIT_BAD_VALUE')
  })

  test('a picture that is not there follows the policy', async () => {
    const entries = [ask('1'), { ...ask('2', 'none.jpg'), id: 'y' }, { ...ask('3', 'https://x.org/a.jpg'), id: 'z' }]
    const fault = await faultOf(importEntries(entries))
    expect(fault.code).toBe('MIMICIT_NOT_FOUND')
    expect(fault.message).toContain('none.jpg')
    const { pairs, issues } = await importEntries(entries, { broken: 'skip' })
    expect(pairs.map(({ id }) => id)).toEqual(['x'])
    expect(issues.map(({ code }) => code).sort()).toEqual([
      'MIMICIT_DANGLING_MEDIA',
      'MIMICIT_NOT_FOUND',
      'MIMICIT_UNSUPPORTED',
    ])
  })

  test('a file that is cut short is refused', async () => {
    const text = JSON.stringify([ask('1'), ask('2')])
    expect((await faultOf(importEntries(text.slice(0, -3)))).code).toBe('MIMICIT_BAD_JSON')
  })
})
