// Captions from files: every form, and everything that does not fit.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { reportText } from '../../src/cli/report-text.js'
import { evaluateCaptions, scoreCaptions } from '../../src/evaluate/captions/evaluate-captions.js'
import { readCaptions } from '../../src/evaluate/captions/read-captions.js'
import { captionReport } from '../../src/evaluate/report/captions.js'
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

  it('tells the form by what a file holds, whatever it is called', async () => {
    const lines = '{"image_id": 1, "caption": "x"}\r\n{"image_id": 2, "caption": "y"}\r\n'
    const both = [
      ['1', ['x']],
      ['2', ['y']],
    ]
    expect(await read(file(`\ufeff${lines}`, 'json'))).toEqual(both)
    expect(await read(file(lines.split('\r\n')[0]!, 'json'))).toEqual(both.slice(0, 1))
    expect(await read(file(`[${lines.trim().replace('\r\n', ',')}]`, 'jsonl'))).toEqual(both)
    expect(await read(file('\ufeff{\n  "1": "x",\n  "2": ["y"]\n}\n', 'json'))).toEqual(both)
  })

  it.each(['', ' \n'])('finds nothing in a file with nothing (%j)', async (content) => {
    for (const ending of ['json', 'jsonl']) expect(await read(file(content, ending))).toEqual([])
    expect(await read(file('', 'txt'))).toEqual([])
  })

  it.each([
    ['a record without a text', () => json([{ image_id: 1 }]), 'MIMICIT_BAD_RECORD', /item 0/],
    ['a list of numbers', () => json({ p: [1] }), 'MIMICIT_BAD_RECORD', /entry "p"/],
    [
      'a number that JSON does not have',
      () => file('[{"image_id": 1, "caption": NaN}]'),
      'MIMICIT_BAD_JSON',
      /entry "0"/,
    ],
    ['lines that were cut', () => file('{"id":1,"caption":"a"}\n{"id":2,"ca', 'jsonl'), 'MIMICIT_BAD_JSON', /line 2/],
    [
      'lines that were cut, called JSON',
      () => file('{"id":1,"caption":"a"}\n{"id":2,"ca'),
      'MIMICIT_BAD_JSON',
      /line 2/,
    ],
    ['a list that was cut', () => file('[{"id":1,"caption":"a"}'), 'MIMICIT_BAD_JSON', /end of the file/],
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

  it('tells of what stops it alone, and not of what a policy allows', async () => {
    const predictions = json({ r: 'x', p: 'a dog' })
    const options = { predictions, references: references(), missing: 'leave-out' } as const
    const message = await evaluateCaptions(options).catch((error: Error) => error.message)
    expect(message).toMatch(/1 fault MIMICIT_UNPAIRED \([^;]*"r" has no references\)/)
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

  it('counts captions without words and lists all of them', async () => {
    const silent = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`s${i}`, ['', ' \t', '...', '?!'][i % 4]]))
    const predictions = json({ ...silent, q: 'a cat sits' })
    const known = { ...Object.fromEntries(Object.keys(silent).map((id) => [id, 'a dog runs'])), q: 'a cat sits' }
    const report = await evaluateCaptions({ predictions, references: json(known) })
    expect(report.issues).toMatchObject([{ code: 'MIMICIT_EMPTY', level: 'warning', count: 20 }])
    expect(report.issues[0]!.examples.map(({ id }) => id)).toEqual(Object.keys(silent))
    expect(report.scores.every(({ items }) => items[0] === 0)).toBe(true)
    const text = reportText(captionReport(report))
    expect(text).toMatch(/warning MIMICIT_EMPTY: 20\n.*the caption of "s0" has no words\n(.*\n){4}.*and 15 more/)
    // As words between blanks, dots are words.
    const dots = { predictions: json({ p: '...' }), references: json({ p: 'a ...' }) }
    expect((await evaluateCaptions({ ...dots, tokens: 'whitespace' })).issues).toEqual([])
  })

  it.each(['predictions', 'references'] as const)('refuses %s that are an empty file, by its name', async (which) => {
    for (const [content, ending] of [
      ['', 'json'],
      ['\n', 'jsonl'],
      ['', 'txt'],
      ['[]', 'json'],
      ['{}', 'json'],
    ] as const) {
      const empty = file(content, ending)
      const options = { predictions: json({ p: 'a' }), references: json({ p: 'a' }), [which]: empty }
      for (const missing of ['error', 'empty', 'leave-out'] as const) {
        await expect(evaluateCaptions({ ...options, missing, unreferenced: 'leave-out' })).rejects.toMatchObject({
          code: 'MIMICIT_EMPTY',
          message: expect.stringContaining(empty),
        })
      }
    }
  })

  it('refuses references that are told twice, and takes several of a picture', async () => {
    const predictions = json({ 1: 'a' })
    const key = file('{"1": "a", "1": "b"}')
    const annotation = (id: number, caption: string) => ({ id, image_id: 1, caption })
    const twice = json({ annotations: [annotation(7, 'a'), annotation(7, 'b')] })
    const list = file('{"id": 1, "captions": ["a"]}\n{"id": 1, "captions": ["b"]}\n', 'jsonl')
    for (const references of [key, twice, list]) {
      await expect(evaluateCaptions({ predictions, references })).rejects.toMatchObject({
        code: 'MIMICIT_DUPLICATE_ID',
      })
    }
    const both = json({ annotations: [annotation(7, 'a'), annotation(8, 'b')] })
    expect((await evaluateCaptions({ predictions, references: both })).items[0]!.references).toEqual(['a', 'b'])
  })

  it('takes an id as a number for the same id as a text', async () => {
    const predictions = file('[{"image_id": 1, "caption": "a"}, {"image_id": "1", "caption": "a"}]')
    await expect(evaluateCaptions({ predictions, references: json({ 1: 'a' }) })).rejects.toMatchObject({
      code: 'MIMICIT_DUPLICATE_ID',
    })
  })

  it('refuses an empty reference', async () => {
    const options = { predictions: json({ p: 'a' }), references: json({ p: ['a', ''] }) }
    await expect(evaluateCaptions(options)).rejects.toMatchObject({ code: 'MIMICIT_EMPTY' })
    const more = json({ p: [], q: ['.'], r: ['a'] })
    const predictions = json({ p: 'a', q: 'a', r: 'a' })
    await expect(evaluateCaptions({ predictions, references: more })).rejects.toMatchObject({
      code: 'MIMICIT_EMPTY',
      message: expect.stringMatching(/2 faults.*"p" has no reference.*"q" has a reference without words/),
    })
  })
})

it('scoreCaptions refuses nothing, and names that there are not', () => {
  expect(() => scoreCaptions([])).toThrowError(expect.objectContaining({ code: 'MIMICIT_EMPTY' }))
  const items = [{ id: 'p', candidate: 'a', references: ['a'] }]
  expect(() => scoreCaptions(items, { metrics: ['spice' as never] })).toThrowError(
    expect.objectContaining({ code: 'MIMICIT_UNKNOWN_NAME' }),
  )
})
