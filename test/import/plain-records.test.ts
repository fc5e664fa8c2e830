// Records found by the scan in WebAssembly, against the ones that a JSON parser makes: whatever a file holds, sound or not,
// either way gives the same pairs, or the same error.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isMimicitError } from '../../src/base/errors.js'
import { type JsonEntry, jsonEntryRuns, parseEntry } from '../../src/import/json-stream.js'
import { PlainRecord, type PlainRun, plainRecords } from '../../src/import/mimic-it/plain-records.js'
import { parseInstructionRecord } from '../../src/import/mimic-it/record.js'
import { openFile } from '../../src/io/directory.js'
import { fetchTexts, packTexts, stringsOf } from '../../src/shards/placed-texts.js'
import type { TextPlace } from '../../src/shards/text-place.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const path = join(dir, 'some_instructions.json')

/** Texts of places, fetched together. */
function textsOf(places: readonly TextPlace[]): string[] {
  const packed = packTexts(places)
  const texts = packed === undefined ? [] : stringsOf(fetchTexts([packed])[0]!)
  expect(places.map(({ units }) => units)).toEqual(texts.map(({ length }) => length))
  return texts
}

/** Every record of the file, and how many of them were plain; or the error. */
async function read(chunkBytes: number, scanned: boolean) {
  const file = await openFile(path)
  const records: object[] = []
  const places: TextPlace[] = []
  try {
    const take = scanned ? plainRecords(path) : undefined
    for await (const run of jsonEntryRuns<PlainRun | readonly JsonEntry[]>(file, ['data'], chunkBytes, take)) {
      for (const entry of run) {
        const { key, offset } = entry
        if (entry instanceof PlainRecord) {
          const { imageIds, relatedIds, instruction, answer } = entry
          places.push(instruction, answer)
          records.push({ key, offset, imageIds, relatedIds, extra: null, texts: places.length })
        } else {
          const record = parseInstructionRecord(parseEntry(file, entry), () => key)
          records.push({ key, offset, ...record })
        }
      }
    }
    const texts = textsOf(places)
    const whole = records.map((record) => {
      if (!('texts' in record)) return record
      const { texts: end, ...rest } = record as { readonly texts: number }
      return { ...rest, instruction: texts[end - 2], answer: texts[end - 1] }
    })
    return { records: whole, plain: places.length / 2 }
  } catch (error) {
    if (!isMimicitError(error)) throw error
    return { error: error.message }
  } finally {
    await file.close()
  }
}

/** @param faults of a file at most; with several, either way may tell another one first */
async function expectSame(chunkBytes = 1 << 20, faults = 1) {
  const { plain, ...scanned } = await read(chunkBytes, true)
  const { plain: _, ...parsed } = await read(chunkBytes, false)
  if (faults > 1 && 'error' in parsed) expect(scanned).toHaveProperty('error')
  else expect(scanned).toEqual(parsed)
  return { plain, parsed }
}

const space = fc.constantFrom('', '', ' ', '\n\t', '\r\n')
const text = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom('', '"\\/\b\f\n\r\t', '\u{1f600}é漢', 'a'.repeat(15), 'b'.repeat(16), '\u0000', 'x"'),
)
const id = fc.oneof({ weight: 15, arbitrary: fc.stringMatching(/^[A-Z]{1,4}_INS_[0-9a-zA-Z_-]{1,12}$/) }, text)
const list = fc.oneof(
  { weight: 12, arbitrary: fc.array(id, { maxLength: 4 }) },
  fc.constantFrom(null, undefined, 'bare'),
)
const record = fc.record({
  instruction: text,
  answer: text,
  image_ids: list,
  rel_ins_ids: list,
  extra: fc.oneof({ weight: 15, arbitrary: fc.constant(undefined) }, fc.constantFrom(1, [{}], 'more')),
})
const spelling = fc.constantFrom('as it is', 'ASCII', 'slashes')

/** JSON of the same value, spelt in another way. */
function spelt(value: unknown, how: string): string {
  const json = JSON.stringify(value)
  if (how === 'slashes') return json.replaceAll('/', '\\/')
  if (how !== 'ASCII') return json
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const fileOf = fc.array(fc.tuple(id, record, spelling, space, fc.nat(9)), { maxLength: 12 }).map((entries) => {
  const parts = entries.map(([key, value, how, blank, twice]) => {
    const fields = Object.entries(value).filter(([, each]) => each !== undefined)
    const repeated = twice === 0 && fields.length % 2 === 0 ? [...fields, fields[0]!] : fields
    const inside = repeated.map(([name, each]) => `${blank}"${name}"${blank}:${blank}${spelt(each, how)}`)
    return `${blank}${spelt(key, how)}${blank}:${blank}{${inside.join(`${blank},`)}${blank}}`
  })
  return Buffer.from(`{"meta": {"version": "1"}, "data": {${parts.join(', ')}}}`)
})

test('a scan gives the records that a parser gives, in windows of any length', async () => {
  let plain = 0
  await fc.assert(
    fc.asyncProperty(fileOf, fc.constantFrom(16, 1000, 1 << 20), async (bytes, chunkBytes) => {
      writeFileSync(path, bytes)
      plain += (await expectSame(chunkBytes)).plain ?? 0
    }),
    { numRuns: 150 },
  )
  expect(plain).toBeGreaterThan(100)
})

test('of a damaged file it gives the same, or an error too', async () => {
  const wrong = fc.oneof(fc.constantFrom(...Buffer.from('"\\{}[],:u0d8\n')), fc.integer({ min: 0, max: 255 }))
  await fc.assert(
    fc.asyncProperty(
      fileOf,
      fc.array(fc.tuple(fc.nat(), wrong), { minLength: 1, maxLength: 3 }),
      async (bytes, changes) => {
        for (const [at, byte] of changes) bytes[at % bytes.byteLength] = byte
        writeFileSync(path, bytes)
        await expectSame(undefined, 3)
      },
    ),
    { numRuns: 200 },
  )
})

/** Texts as a file may have them, between quotes; whether a scan takes them. */
const texts: readonly (readonly [name: string, bytes: string | number[], plain: boolean])[] = [
  ['half a surrogate pair', '\\ud83d', false],
  ['the other half', '\\ude00', false],
  ['both, the wrong way round', '\\ude00\\ud83d', false],
  ['a pair', '\\uD83D\\uDE00', true],
  ['an escape that is none', '\\x41', false],
  ['four digits that are none', '\\u12g4', false],
  ['a line break', 'a\nb', false],
  ['a byte that begins nothing', [0x80], false],
  ['a character that is cut short', [0xe6, 0xbc], false],
  ['a slash in two bytes', [0xc0, 0xaf], false],
  ['half a surrogate pair in UTF-8', [0xed, 0xa0, 0x80], false],
  ['beyond Unicode', [0xf4, 0x90, 0x80, 0x80], false],
  ['the last character', [0xf4, 0x8f, 0xbf, 0xbf], true],
  ['DEL', [0x7f], true],
]

test.each(texts)('a text with %s', async (_, bytes, isPlain) => {
  // Behind every number of bytes that a vector may hold.
  for (let before = 0; before < 18; before++) {
    const value = Buffer.concat([Buffer.from('a'.repeat(before)), Buffer.from(bytes as string)])
    const record = [Buffer.from('{"data": {"A": {"instruction": "'), value, Buffer.from('", "answer": "b"}}}')]
    writeFileSync(path, Buffer.concat(record))
    const { plain } = await expectSame()
    expect(plain).toBe(isPlain ? 1 : undefined)
  }
})

test('more records, and more ids, than a scan takes at once', async () => {
  const data = Object.fromEntries(
    Array.from({ length: 5_000 }, (_, i) => [
      `A_INS_${i}`,
      {
        instruction: `${i}`,
        answer: 'b',
        image_ids: Array.from({ length: i % 40 }, (_, k) => `A_IMG_${k}`),
        rel_ins_ids: [],
      },
    ]),
  )
  writeFileSync(path, JSON.stringify({ data }))
  const { plain } = await expectSame(1 << 23)
  expect(plain).toBe(5_000)
})
