// Every variant and defect of the original files that an import has to take, and the test that shows what becomes of it
// (the second table); those that have no file of their own are tried here (the first).
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { importDataset } from '../../src/import/import-dataset.js'
import { openDataset } from '../../src/shards/dataset.js'
import { faultOf } from '../support/fault.js'
import { imported, picture, writeFiles } from '../support/imported.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
let made = 0
// A picture whose base64 has both of the characters in which the alphabets differ.
const odd = Buffer.concat([await picture(1), Buffer.of(0xff, 0xef, 0xbe, 0xfb, 0xff, 0xfe, 0)])
const base64 = odd.toString('base64')

async function importText(instructions: string, images: string = JSON.stringify({ A_IMG_1: base64 })) {
  const folder = writeFiles(join(root, `in-${made}`), { 'A_instructions.json': instructions, 'A.json': images })
  const out = join(root, `out-${made++}`)
  await importDataset({
    from: 'mimic-it',
    paths: [join(folder, 'A_instructions.json')],
    images: [join(folder, 'A.json')],
    out,
  })
  return imported(out)
}

const record = '{"instruction": "q", "answer": "a", "image_ids": ["A_IMG_1"], "rel_ins_ids": []}'
const whole = (data: string) => `{"meta": {"version": "0.0.1"}, "data": ${data}}`
const other = '{"instruction": "q2", "answer": "a2", "rel_ins_ids": "A_INS_1"}'

describe('is read', () => {
  test.each([
    ['no meta', `{"data": {"A_INS_1": ${record}}}`],
    ['meta behind the data, of another date', `{"data": {"A_INS_1": ${record}}, "meta": {"time": "2023-10-29"}}`],
    [
      'everything on one line, without a blank',
      whole(`{"A_INS_1":${record.replaceAll(' ', '')}}`).replaceAll(': ', ':'),
    ],
    ['everything with tabs and line breaks', whole(`{\r\n\t"A_INS_1"\t:\r\n${record}\r\n}`)],
    [
      'fields in another order, an escaped key',
      whole('{"A\\u005fINS_1": {"rel_ins_ids": [], "image_ids": "A_IMG_1", "answer": "a", "instruction": "q"}}'),
    ],
    ['null for related ids', whole(`{"A_INS_1": ${record.replace('[]', 'null')}}`)],
    [
      'a field in front of the data, larger than a window',
      `{"notes": "${'x'.repeat(3 << 20)}", "data": {"A_INS_1": ${record}}}`,
    ],
  ])('%s', async (_, text) => {
    const { pairs, media } = await importText(text)
    expect(pairs.map(({ id, instruction, response, mediaIds }) => [id, instruction, response, mediaIds])).toEqual([
      ['A_INS_1', 'q', 'a', ['A_IMG_1']],
    ])
    expect(media.map(({ sha256 }) => sha256.length)).toEqual([32])
  })

  test('one related id without its list', async () => {
    const { contexts } = await importText(whole(`{"A_INS_1": ${record}, "A_INS_2": ${other}}`))
    expect(contexts.rel_ins_ids).toEqual({ A_INS_1: [], A_INS_2: ['A_INS_1'] })
  })

  test.each([
    ['both alphabets in one value', base64.replace('/', '_')],
    ['the alphabet of addresses without padding', base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')],
    ['a line break at the end', `${base64}\n`],
    ['a data URI in front', `data:image/png;base64,${base64}`],
    ['a data URI in front, without padding', `data:image/png;base64,${base64.replace(/=+$/, '')}`],
  ])('base64 with %s', async (_, text) => {
    expect(base64).toMatch(/\+.*\/|\/.*\+/)
    const { media } = await importText(whole(`{"A_INS_1": ${record}}`), JSON.stringify({ A_IMG_1: text }))
    expect(media.map(({ ids }) => ids)).toEqual([['A_IMG_1']])
    const plain = await importText(whole(`{"A_INS_1": ${record}}`))
    expect(media[0]!.sha256).toEqual(plain.media[0]!.sha256)
  })

  test('a data URI of any length, and the bytes behind it are stored', async () => {
    const pictures = [0, 1, 2, 3].map((more) => Buffer.concat([odd, Buffer.alloc(more)]))
    const uris = pictures.map((bytes, n) => [n, `data:image/png;base64,${bytes.toString('base64').replace(/=+$/, '')}`])
    const folder = writeFiles(join(root, 'uris'), {
      'A_instructions.json': whole('{}'),
      'A.json': Object.fromEntries(uris) as Record<string, string>,
    })
    const out = join(root, 'out-uris')
    await importDataset({ paths: [folder], out })
    const dataset = await openDataset(out)
    for (const [row, bytes] of pictures.entries()) expect(Buffer.from(await dataset.picture(row))).toEqual(bytes)
    await dataset.close()
  })

  test('ids of no pattern at all, whose pairs have no task', async () => {
    const { pairs } = await importText(
      whole(`{"é 1/..\\u0000": ${record.replace('A_IMG_1', '7')}}`),
      `{"7": "${base64}"}`,
    )
    expect(pairs.map(({ id, subset, mediaIds }) => [id, subset, mediaIds])).toEqual([['é 1/..\0', 'unnamed', ['7']]])
  })
})

describe('is refused, with its id', () => {
  test.each([
    ['pictures as objects, as a fork has them', record.replace('"A_IMG_1"', '{"vid": "v", "start_second": 1}')],
    ['a null among the pictures', record.replace('"A_IMG_1"', 'null')],
    ['a related id that is a number', record.replace('[]', '[7]')],
  ])('%s', async (_, text) => {
    const fault = await faultOf(importText(whole(`{"A_INS_1": ${text}}`)))
    expect([fault.code, fault.message]).toEqual(['MIMICIT_BAD_RECORD', expect.stringContaining('A_INS_1')])
  })
})

/** Variant or defect, the file of its test beside this one, and what the test is called. */
const shown: readonly (readonly [what: string, file: string, title: string])[] = [
  ['files larger than a string can be', 'annotations', 'what is not asked for is never held'],
  ['entries longer than a window', 'json-stream', 'reads every byte once'],
  ['files that are cut short', 'json-stream', 'every proper beginning of a file is refused'],
  ['a byte order mark', 'mimic-it', "'byte-order-mark': SOUND"],
  ['the misspelt meta key', 'mimic-it', "'misspelt-meta': SOUND"],
  ['a bare string for the pictures', 'mimic-it', "'image-ids-string': SOUND"],
  ['no pictures named, or null', 'mimic-it', "'image-ids-missing': TEXT_ONLY"],
  ['a list as the value of a picture', 'mimic-it', "'image-is-list': SOUND"],
  ['both base64 alphabets', 'mimic-it', "'url-safe-base64': SOUND"],
  ['base64 without padding', 'mimic-it', "'base64-without-padding': SOUND"],
  ['base64 with line breaks', 'mimic-it', "'base64-with-newlines': SOUND"],
  ['keys that repeat', 'repeated-ids', 'pairs are all kept; the last has the id'],
  ['pictures that repeat', 'repeated-ids', 'pictures are all kept, the same bytes once'],
  ['keys that repeat in a training list', 'mimic-it', 'a training key that occurs twice is told'],
  ['ids of both eras, and without prefix', 'id-spellings', "['LA_00_INS_000000215677_1'"],
  ['the same id in several sets', 'several-sets', 'ids of pairs and of pictures that collide'],
  ['dangling ids', 'mimic-it', 'dangling skip leaves out what %s points to'],
  ['frames that are gone (D8)', 'mimic-it', 'a video may lose frames'],
  ['integers of twenty digits', 'mimic-it', 'integers of further fields that JavaScript would round'],
  ['images in Parquet, index of dask, of pandas, of a name', 'parquet-images', 'with the index %s'],
  ['images in Parquet, a folder of parts', 'parquet-images', 'of a folder, part 2 before part 10'],
  ['images in Parquet, null rows', 'parquet-images', 'null rows, rows that are no base64'],
  ['a training YAML with its groups', 'training-yaml', 'imports every group and keeps how they are mixed'],
  ['rows of Hugging Face', 'hf', 'pictures have the names of their files'],
  ['conversations of several rounds', 'llava', 'rounds'],
  ['a tar', 'webdataset', 'a caption beside metadata is the response'],
  ["one's own lines", 'jsonl', 'every field is read, and what is left becomes metadata'],
  ['texts and pictures in turn', 'interleaved', 'with a response all text is the instruction'],
  ['frames of 29.97 a second', 'video', 'one a second of 29.97 a second does not drift'],
  ['centres of equal parts (D10)', 'video', 'so many in all are the centres of equal parts'],
  ['no ffmpeg', 'video', 'without ffmpeg it says how to install it'],
  ['COCO', 'annotations', 'captions and objects of a picture come together'],
  ['Spot-the-Diff', 'annotations', 'Spot-the-Diff: two frames'],
  ['ActivityNet', 'annotations', 'ActivityNet: moments of a clip'],
  ['TVC', 'annotations', 'TV Captions: the moments of a clip'],
  ['VIST', 'annotations', 'a story has its photos in its order'],
  ['CMYK', 'odd-pictures', 'CMYK'],
  ['grey, 16 bits', 'odd-pictures', 'grey PNG of 16 bits'],
  ['EXIF', 'odd-pictures', 'JPEG that lies on its side'],
  ['animations', 'odd-pictures', 'animated WebP'],
  ['a wrong name', 'odd-pictures', 'an id that ends like another format changes nothing'],
  ['too many pixels', 'odd-pictures', 'a picture of more than 100 million pixels is refused by its header'],
  ['base64 without end', 'odd-pictures', 'base64 of such is not even decoded'],
  ['JSON that is too deep', 'json-lines', '256 deep is read'],
  ['tar entries that lead out, links, sizes that lie', 'webdataset', 'a size that lies is refused'],
  ['a bomb of YAML aliases', 'training-yaml', 'a bomb of aliases'],
  ['a path outside of the root', 'jsonl', 'a link that leads out of the folder is refused'],
  ['larger pictures made smaller', 'max-side', 'stores the new bytes with their facts'],
  ['a report of every fault', 'issue-file', 'a failed import leaves the report'],
  ['an import that was killed', '../long/resume', 'kill'],
  ['there and back again', 'export/round-trip', 'any data come back, or it is told what does not'],
]

test.each(shown)('%s: there is a test in %s', (_, file, title) => {
  const path = fileURLToPath(new URL(`./${file}.test.ts`, import.meta.url))
  expect(readFileSync(path, 'utf8')).toContain(title)
})
