import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { importDataset } from '../../src/import/import-dataset.js'
import { parseDocument } from '../../src/import/interleaved/document.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { faultOf } from '../support/fault.js'
import { imported, picture, writeFiles } from '../support/imported.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
let made = 0
const fresh = (name: string) => join(root, `${name}-${made++}`)
const PICTURES = { 'a.png': await picture(1), 'b.png': await picture(2) }

async function importLines(lines: unknown, change: object = {}) {
  const folder = writeFiles(fresh('in'), { 'docs.jsonl': lines, ...PICTURES })
  const out = fresh('out')
  await importDataset({ paths: [join(folder, 'docs.jsonl')], out, ...change })
  expect(await verifyDataset(out, { deep: true })).toMatchObject({ ok: true })
  return (await imported(out)).pairs
}

const a = { image: 'a.png' }
const b = { image: 'b.png' }

describe('interleaved documents', () => {
  test('with a response all text is the instruction, with the places of its pictures', async () => {
    const pairs = await importLines([
      { id: 'd', content: ['A 😀 ', a, 'and ', { text: 'a ' }, b, '.'], response: 'r', language: 'de', url: 'u' },
      { content: [a, b, 'Which?'], answer: 'The first.', instruction: 'Look. ', context: ['d'] },
      { content: [a, 'Which?'], answer: 'This.' },
    ])
    expect(pairs).toMatchObject([
      { id: 'd', instruction: 'A 😀 and a .', response: 'r', mediaIds: ['a.png', 'b.png'], mediaPositions: [5, 11] },
      { id: 'docs_2', instruction: 'Look. Which?', mediaPositions: [6, 6], metadata: null },
      { id: 'docs_3', instruction: 'Which?', mediaPositions: null },
    ])
    expect(pairs[0]).toMatchObject({ language: 'de', metadata: { url: 'u' } })
  })

  test.each([
    [['One. ', a, 'Two. ', b, 'Three.', ' Four.'], 'One. Two. ', 'Three. Four.', [5, 10]],
    [[a, 'Text.'], '', 'Text.', null],
    [['Text.', a], 'Text.', '', [5]],
    [['One.', ' Two.'], 'One.', ' Two.', null],
    [['One.'], '', 'One.', null],
  ])('without one, %j is split behind its last picture', async (content, instruction, response, mediaPositions) => {
    const pairs = await importLines([{ content }])
    expect(pairs).toMatchObject([{ instruction, response, mediaPositions, metadata: { document: true } }])
  })

  test('the lists of OBELICS and MMC4 are read', async () => {
    const pairs = await importLines([
      { texts: [null, 'One.', null, 'Two.', 'Three.'], images: ['a.png', null, 'b.png', null, null], metadata: null },
      {
        text_list: ['One.', 'Two.', 'Three.'],
        image_info: [
          { image_name: 'b.png', matched_text_index: 1 },
          { image_name: 'a.png', matched_text_index: 0 },
        ],
      },
    ])
    expect(pairs).toMatchObject([
      { instruction: 'One.', response: '\n\nTwo.\n\nThree.', mediaIds: ['a.png', 'b.png'], mediaPositions: [0, 4] },
      { instruction: 'One.', response: ' Two. Three.', mediaIds: ['a.png', 'b.png'], mediaPositions: [0, 4] },
    ])
  })

  test('nothing of a document is lost, and its pictures stand where they stood', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 })
    const item = fc.oneof(
      text,
      fc.constantFrom('a', 'b').map((image) => ({ image })),
    )
    fc.assert(
      fc.property(fc.array(item), fc.option(text, { nil: undefined }), (content, given) => {
        const document = parseDocument({ content, response: given }, 'here')
        const { instruction, response, mediaIds } = document
        const positions = document.mediaPositions ?? mediaIds.map(() => 0)
        const whole = content.filter((piece) => typeof piece === 'string').join('')
        expect(given === undefined ? instruction + response : instruction).toBe(whole)
        expect(mediaIds).toEqual(content.flatMap((piece) => (typeof piece === 'string' ? [] : [piece.image])))
        let [at, next] = [0, 0]
        for (const piece of content) {
          if (typeof piece === 'string') at += piece.length
          else expect(positions[next++]).toBe(at)
        }
      }),
    )
  })

  test.each([
    [{ id: 'x' }, 'one of content, texts and text_list'],
    [{ content: [], texts: [] }, 'one of content, texts and text_list'],
    [{ content: 'text' }, 'a list of texts and pictures'],
    [{ content: [7] }, 'item 0'],
    [{ content: [null] }, 'item 0'],
    [{ content: ['\ud800'] }, 'well-formed'],
    [{ content: [{ image: '../a.png' }] }, 'inside the folder'],
    [{ content: [{ image: '/a.png' }] }, 'inside the folder'],
    [{ texts: ['a'], images: [] }, 'of one length'],
    [{ texts: ['a'], images: ['a.png'] }, 'a text or a picture'],
    [{ texts: [7], images: [null] }, 'place 0'],
    [{ text_list: ['a'] }, 'field image_info'],
    [{ text_list: ['a'], image_info: [{ image_name: 'a.png', matched_text_index: 1 }] }, 'matched_text_index below 1'],
  ])('%j is refused with its line', async (document, part) => {
    const fault = await faultOf(importLines([{ content: ['x'] }, document]))
    expect(fault.code).toBe('MIMICIT_BAD_RECORD')
    expect(fault.message).toContain(part)
    expect(fault.message).toContain('line 2')
  })

  test('a picture that is not there follows the policy, and the places of the others stay', async () => {
    const lines = [{ content: ['One ', a, 'two ', { image: 'https://example.org/x.png' }, 'three ', b, 'end.'] }]
    expect((await faultOf(importLines(lines))).code).toBe('MIMICIT_UNSUPPORTED')
    expect(await importLines(lines, { broken: 'drop-visual' })).toMatchObject([
      { instruction: 'One two three ', mediaIds: ['a.png', 'b.png'], mediaPositions: [4, 14] },
    ])
  })
})
