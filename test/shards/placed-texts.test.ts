// Pairs whose texts lie in files: the same bytes as if they had been at hand.
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openDirectory } from '../../src/io/directory.js'
import type { DatasetSizes } from '../../src/shards/create-options.js'
import { createDataset } from '../../src/shards/dataset-writer.js'
import { fetchTexts, packTexts, stringsOf } from '../../src/shards/placed-texts.js'
import { mayHaveDictionary } from '../../src/shards/plain-pages.js'
import { plainTexts } from '../../src/shards/text-chunk.js'
import type { Text } from '../../src/shards/text-place.js'
import { pairAt } from '../support/pair-at.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const SIZES: DatasetSizes = {
  media: { rowGroupBytes: 1e6, rowGroupRows: 10, shardBytes: 1e6 },
  text: { rowGroupBytes: 6e6, rowGroupRows: 4096, shardBytes: 1e6 },
}

let files = 0
/** Texts in a file: JSON strings of one kind of escapes or another, with something between them. */
function placed(
  texts: readonly string[],
  isAtHand: (i: number) => boolean = () => false,
): { path: string; texts: Text[] } {
  const path = join(dir, `texts-${files++}.json`)
  let written = 0
  const parts: Buffer[] = []
  const made = texts.map((text, i): Text => {
    const json = Buffer.from(i % 3 === 0 ? ascii(JSON.stringify(text)) : JSON.stringify(text))
    const between = i % 7 === 0 ? 'between ' : ','
    parts.push(Buffer.from(between), json)
    const offset = written + between.length + 1
    written += between.length + json.byteLength
    const byteLength = json.byteLength - 2
    const isPlain = !json.includes('\\')
    return isAtHand(i) ? text : { path, offset, byteLength, units: text.length, isPlain }
  })
  writeFileSync(path, Buffer.concat(parts))
  return { path, texts: made }
}

/** Every character beyond ASCII as an escape, as Python writes JSON. */
const ascii = (json: string) =>
  json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

const someText = fc.oneof(
  fc.string({ maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 100 }),
  fc.constant('a "b" \\ \n\u0000 é 漢 \u{1f600}'),
)

test('texts come back from where they lie, whatever they are', () => {
  fc.assert(
    fc.property(fc.array(someText, { minLength: 1, maxLength: 30 }), fc.nat(3), (texts, every) => {
      const { texts: places } = placed(texts, (i) => every > 0 && i % (every + 1) === 1)
      const packed = packTexts(places)!
      const [plain, again] = fetchTexts([packed, packed])
      expect(stringsOf(plain!)).toEqual(texts)
      expect(stringsOf(again!)).toEqual(texts)
      expect([...plain!.units]).toEqual(texts.map(({ length }) => length))
    }),
  )
  expect(packTexts(['at hand'])).toBeUndefined()
})

/** Texts of the pairs of a data set: of few different ones, of many, some of them odd. */
const kinds: Readonly<Record<string, (i: number) => string>> = {
  'all different': (i) => `Response ${i}: ${'what is in the picture? '.repeat(1 + (i % 30))}`,
  'of seven different ones': (i) => `Response ${i % 7}`,
  'mostly different': (i) => `Response ${i % 13 === 0 ? 0 : i} ${'漢字'.repeat(i % 200)}`,
  'beyond the first plane': (i) => `${'\u{1f600}é'.repeat(1 + (i % 300))} ${i}`,
  'with escapes': (i) => `"${i}"\n${'\\'.repeat(i % 50)}`,
  empty: () => '',
}

test.each(Object.keys(kinds))('a data set of texts in a file has the bytes of one of strings: %s', async (kind) => {
  const count = 4_500
  const pairs = Array.from({ length: count }, (_, i) => ({ ...pairAt(i), response: kinds[kind]!(i) }))
  const instructions = placed(pairs.map(({ instruction }) => instruction)).texts
  const responses = placed(
    pairs.map(({ response }) => response),
    (i) => i % 11 === 5,
  ).texts
  const name = kind.replaceAll(' ', '-')
  const strings = await createDataset(join(dir, `${name}-strings`), { sizes: SIZES, threads: 0 })
  for (const pair of pairs) await strings.addPair(pair)
  const expected = await strings.finish({})
  expect(expected.tables.pairs.blocks.length).toBeGreaterThan(1)
  for (const threads of [0, 1]) {
    const out = join(dir, `${name}-${threads}`)
    const writer = await createDataset(out, { sizes: SIZES, threads })
    for (const [i, pair] of pairs.entries()) {
      await writer.addPair({ ...pair, instruction: instructions[i]!, response: responses[i]! })
    }
    expect(await writer.finish({})).toEqual(expected)
    for (const path of await openDirectory(out).list()) {
      if (path === 'provenance.json') continue
      expect(readFileSync(join(out, path)).equals(readFileSync(join(dir, `${name}-strings`, path))), path).toBe(true)
    }
  }
})

test('a file that is not what it was is told, from a thread too', async () => {
  const pairs = Array.from({ length: 3_000 }, (_, i) => pairAt(i))
  const text = 'a response of a line or two, as they are. '.repeat(30)
  for (const threads of [0, 1]) {
    const { path, texts } = placed(pairs.map((_, i) => `${text}${i}`))
    const writer = await createDataset(join(dir, `changed-${threads}`), { threads })
    for (const [i, pair] of pairs.entries()) await writer.addPair({ ...pair, response: texts[i]! })
    truncateSync(path, 1e6)
    await expect(writer.finish({})).rejects.toMatchObject({ code: 'MIMICIT_SOURCE_CHANGED', parts: { where: path } })
    await writer.abort()
  }
  const path = join(dir, 'no-escape.json')
  writeFileSync(path, '"\\q"')
  const place = { path, offset: 1, byteLength: 2, units: 1, isPlain: false }
  expect(() => fetchTexts([packTexts([place])!])).toThrow(expect.objectContaining({ code: 'MIMICIT_SOURCE_CHANGED' }))
  const gone = { ...place, path: join(dir, 'gone.json') }
  expect(() => fetchTexts([packTexts([gone])!])).toThrow(expect.objectContaining({ code: 'MIMICIT_NOT_FOUND' }))
})

test('whether a column may get a dictionary is what the general writer decides, however its texts begin and end', () => {
  const long = 'x'.repeat(150)
  const piece = fc.constantFrom(
    'a',
    'b',
    'é',
    `${long}a`,
    `${long}b${long}`,
    `${long}c${long}`,
    `${long}é`,
    'x'.repeat(124),
    '',
  )
  const columns = fc.oneof(
    fc.array(piece, { minLength: 1, maxLength: 60 }),
    fc
      .array(fc.tuple(piece, fc.nat(200)), { minLength: 1, maxLength: 60 })
      .map((all) => all.map(([text, n]) => text + n)),
    fc
      .integer({ min: 900, max: 1300 })
      .map((count) => Array.from({ length: count }, (_, i) => `${long}${i % 950}${long}`)),
  )
  fc.assert(
    fc.property(columns, (texts) => {
      const [fetched] = fetchTexts([packTexts(placed(texts).texts)!])
      // As hyparquet-writer samples strings.
      const sampled = Array.from(
        { length: Math.min(1000, texts.length) },
        (_, i, size = Math.min(1000, texts.length)) =>
          size === 1 ? texts[0]! : texts[Math.floor((i * (texts.length - 1)) / (size - 1))]!,
      )
      const bytes = (all: Iterable<string>) => [...all].reduce((sum, { length }) => sum + length + 4, 0)
      expect(mayHaveDictionary(plainTexts(fetched!))).toBe(bytes(new Set(sampled)) / bytes(sampled) <= 0.9)
    }),
    { numRuns: 60 },
  )
})
