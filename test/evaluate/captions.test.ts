// Captions from files: every form, and everything that does not fit.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { evaluateCaptions, scoreCaptions } from '../../src/evaluate/captions/evaluate-captions.js'
import { readCaptions } from '../../src/evaluate/captions/read-captions.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
let files = 0
function file(content: string | Uint8Array, ending = 'json'): string {
  const path = join(dir, `${files++}.${ending}`)
  writeFileSync(path, content)
  return path
}
const json = (value: unknown) => file(JSON.stringify(value))

async function read(path: string) {
  const all: [string, readonly string[]][] = []
  for await (const { id, texts } of readCaptions(path)) all.push([id, texts])
  return all
}

describe('readCaptions', () => {
  it('reads results and annotations of COCO, ids of any length', async () => {
    const results = file('[{"image_id": 391895, "caption": "a"}, {"image_id": 12345678901234567890, "caption": "b"}]')
    expect(await read(results)).toEqual([
      ['391895', ['a']],
      ['12345678901234567890', ['b']],
    ])
    const annotations = json({ images: [{ id: 1 }], annotations: [{ id: 9, image_id: 1, caption: 'x' }], info: {} })
    expect(await read(annotations)).toEqual([['1', ['x']]])
  })

  it('reads objects from id to captions, also with a picture that is called annotations', async () => {
    expect(await read(json({ p: 'x', q: ['y', 'z'], annotations: ['w'] }))).toEqual([
      ['p', ['x']],
      ['q', ['y', 'z']],
      ['annotations', ['w']],
    ])
  })

  it('reads lines of JSON and lines of text', async () => {
    expect(await read(file('{"id":"p","prediction":"x"}\n{"question_id":2,"answer":"y"}\n', 'jsonl'))).toEqual([
      ['p', ['x']],
      ['2', ['y']],
    ])
    expect(await read(file('x\r\n\ny\n', 'txt'))).toEqual([
      ['1', ['x']],
      ['2', ['']],
      ['3', ['y']],
    ])
  })

  it.each([
    ['a record without a text', () => json([{ image_id: 1 }]), 'MIMICIT_BAD_RECORD', /item 0/],
    ['a list of numbers', () => json({ p: [1] }), 'MIMICIT_BAD_RECORD', /entry "p"/],
    ['broken JSON', () => file('[{"image_id": 1'), 'MIMICIT_BAD_JSON', /byte/],
    ['JSON that is not UTF-8', () => file(Buffer.from('{"p": "caf\xe9"}', 'latin1')), 'MIMICIT_BAD_JSON', /UTF-8/],
    ['text that is not UTF-8', () => file(Buffer.from('caf\xe9', 'latin1'), 'txt'), 'MIMICIT_BAD_RECORD', /UTF-8/],
    [
      'lines that are not UTF-8',
      () => file(Buffer.from('{"id":"\xe9"}', 'latin1'), 'jsonl'),
      'MIMICIT_BAD_JSON',
      /line 1/,
    ],
    ['no file', () => join(dir, 'none.json'), 'MIMICIT_NOT_FOUND', /none\.json/],
  ])('refuses %s', async (_, path, code, message) => {
    await expect(read(path())).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })
})

describe('evaluateCaptions', () => {
  const references = () => json({ p: ['a dog runs', 'the dog runs'], q: ['a cat sits'] })

  it('stops at references without predictions, and at predictions without references', async () => {
    await expect(
      evaluateCaptions({ predictions: json({ p: 'a dog' }), references: references() }),
    ).rejects.toMatchObject({
      code: 'MIMICIT_UNPAIRED',
      message: expect.stringMatching(/"q" has no prediction/),
    })
    const extra = json({ p: 'a dog', q: 'a cat', r: 'a bird' })
    await expect(evaluateCaptions({ predictions: extra, references: references() })).rejects.toMatchObject({
      code: 'MIMICIT_UNPAIRED',
      message: expect.stringMatching(/"r" has no references/),
    })
  })

  it('counts what is missing as empty, or leaves it out, and says so', async () => {
    const options = {
      predictions: json({ p: 'a dog runs', r: 'x' }),
      references: references(),
      unreferenced: 'leave-out',
    } as const
    const empty = await evaluateCaptions({ ...options, missing: 'empty', metrics: ['rouge-l'] })
    const left = await evaluateCaptions({ ...options, missing: 'leave-out', metrics: ['rouge-l'] })
    expect([empty.pictures, empty.referenced, left.pictures, left.referenced]).toEqual([2, 2, 1, 2])
    expect(empty.scores[0]!.corpus).toBeCloseTo(left.scores[0]!.corpus / 2, 12)
    for (const { issues } of [empty, left]) {
      expect(issues).toMatchObject([{ code: 'MIMICIT_UNPAIRED', level: 'warning', count: 2 }])
    }
  })

  it('refuses an id that comes twice, and one with two captions', async () => {
    const twice = file('{"p": "a dog", "q": "x", "p": "a cat"}')
    await expect(evaluateCaptions({ predictions: twice, references: references() })).rejects.toMatchObject({
      code: 'MIMICIT_DUPLICATE_ID',
      message: expect.stringMatching(/entry "p"/),
    })
    const two = json({ p: ['a dog', 'a cat'], q: 'x' })
    await expect(evaluateCaptions({ predictions: two, references: references() })).rejects.toMatchObject({
      code: 'MIMICIT_DUPLICATE_ID',
      message: expect.stringMatching(/2 captions/),
    })
  })

  it('counts empty captions and lists them', async () => {
    const report = await evaluateCaptions({ predictions: json({ p: ' ', q: 'a cat sits' }), references: references() })
    expect(report.issues).toMatchObject([{ code: 'MIMICIT_EMPTY', level: 'warning', count: 1 }])
    expect(report.scores.every(({ items }) => items[0] === 0)).toBe(true)
  })

  it('refuses an empty reference', async () => {
    const options = { predictions: json({ p: 'a' }), references: json({ p: ['a', ''] }) }
    await expect(evaluateCaptions(options)).rejects.toMatchObject({ code: 'MIMICIT_EMPTY' })
  })
})

it('scoreCaptions refuses nothing, and names that there are not', () => {
  expect(() => scoreCaptions([])).toThrowError(expect.objectContaining({ code: 'MIMICIT_EMPTY' }))
  const items = [{ id: 'p', candidate: 'a', references: ['a'] }]
  expect(() => scoreCaptions(items, { metrics: ['spice' as never] })).toThrowError(
    expect.objectContaining({ code: 'MIMICIT_UNKNOWN_NAME' }),
  )
})
