// Pictures of an images file that are none, one by one: what each is called, and that `broken: 'drop'` leaves out any of
// them and nothing else.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { MimicItOptions } from '../../src/import/mimic-it/index.js'
import { importMimicIt } from '../../src/import/mimic-it/index.js'
import { openDataset } from '../../src/shards/dataset.js'
import { faultOf } from '../support/fault.js'
import { fixture, sourceImages } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const png = JSON.parse(readFileSync(fixture('broken/byte-order-mark/images.json'), 'utf8')).BAD_IMG_00000 as string
let made = 0

/** Imports two pairs on one picture each, of which the second is `value`. */
async function importWith(value: unknown, policies: Partial<MimicItOptions> = {}) {
  const name = join(dir, `${made++}`)
  const record = (image: string) => ({ instruction: 'q', answer: 'a', image_ids: [image], rel_ins_ids: [] })
  writeFileSync(`${name}.json`, JSON.stringify({ A_IMG_1: png, A_IMG_2: value }))
  const data = { A_INS_1: record('A_IMG_1'), A_INS_2: record('A_IMG_2') }
  writeFileSync(`${name}-instructions.json`, JSON.stringify({ meta: {}, data }))
  const options = { instructions: [`${name}-instructions.json`], images: [`${name}.json`], out: name, ...policies }
  return { images: `${name}.json`, work: () => importMimicIt(options) }
}

describe.each([
  ['text that is no base64', '!!!! not base64 at all !!!!', 'MIMICIT_BAD_BASE64'],
  ['an address that is no data', `data:image/svg+xml,<svg>${'~'.repeat(400)}</svg>`, 'MIMICIT_BAD_BASE64'],
  ['text that is no base64, in a list', ['¿?¿?¿?¿?'], 'MIMICIT_BAD_BASE64'],
  ['nothing', '', 'MIMICIT_BAD_PICTURE'],
  ['null', null, 'MIMICIT_BAD_PICTURE'],
  ['a list of null', [null, png], 'MIMICIT_BAD_PICTURE'],
  ['base64 of a text', Buffer.from('no picture at all').toString('base64'), 'MIMICIT_BAD_PICTURE'],
])('%s', (_, value, code) => {
  test('stops the import, with the file, the id and what to do', async () => {
    const { images, work } = await importWith(value)
    const fault = await faultOf(work)
    expect(fault.code).toBe(code)
    for (const part of [images, 'A_IMG_2', '--broken skip']) expect(fault.message).toContain(part)
    expect(fault.message).not.toContain('A_IMG_1')
  })

  test('is left out on demand, with the pairs that need it', async () => {
    const { work } = await importWith(value, { broken: 'skip' })
    const { out, issues } = await work()
    expect(issues.map((issue) => [issue.code, issue.level, issue.count])).toEqual([
      [code, 'warning', 1],
      ['MIMICIT_DANGLING_MEDIA', 'warning', 1],
    ])
    const dataset = await openDataset(out)
    expect(dataset.manifest.tables.media.rows).toBe(1)
    const ids: string[] = []
    for await (const [, { id }] of dataset.pairs()) ids.push(id)
    expect(ids).toEqual(['A_INS_1'])
    await dataset.close()
  })
})

test('a value that is neither text nor a list is no images file, whatever the policy', async () => {
  const { images, work } = await importWith({ instruction: 'q' }, { broken: 'skip' })
  const fault = await faultOf(work)
  expect(fault.code).toBe('MIMICIT_BAD_RECORD')
  expect(fault.message).toContain(`${images}, byte `)
  expect(fault.message).toContain('picture "A_IMG_2"')
  expect(fault.message).toContain('does not look like an images file')
})

test.each<[string, (text: string) => unknown]>([
  ['standard', (text) => text],
  ['URL-safe', (text) => text.replaceAll('+', '-').replaceAll('/', '_')],
  ['both alphabets in one text', (text) => text.replace('+', '-').replace('/', '_')],
  ['without padding', (text) => text.replace(/=+$/, '')],
  ['in lines', (text) => text.replace(/.{76}/g, '$&\r\n')],
  ['with blanks around it', (text) => ` \t${text}\n`],
  ['the first of a list', (text) => [text, 'the rest does not matter']],
])('base64 is read as the original reads it: %s', async (_, spell) => {
  const [, picture] = sourceImages[3]!
  const { out } = await (await importWith(spell(picture.toString('base64')))).work()
  const dataset = await openDataset(out)
  expect(Buffer.compare(await dataset.picture(1), picture)).toBe(0)
  await dataset.close()
})

test.each<[string, (text: string) => unknown, string]>([
  ['everywhere', (text) => text.replace(/.{50}/g, '$&!'), ' in its base64'],
  ['one of them', (text) => `${text.slice(0, 9)}!${text.slice(9)}`, ': 1 in its base64'],
  ['padding inside', (text) => `${text.slice(0, 40)}=${text.slice(40)}`, ': 1 in its base64'],
  ['of a list', (text) => [`${text.slice(0, 9)}.${text.slice(9)}`], ': 1 in its base64'],
  ['behind its end', (text) => `${text.replace(/=*$/, '==')}AAAA`, ': 4 behind its end'],
])('characters that are no base64 are left out and told: %s', async (_, spell, told) => {
  const picture = sourceImages.map(([, bytes]) => bytes).find(({ byteLength }) => byteLength % 3 === 1)!
  const { out, issues } = await (await importWith(spell(picture.toString('base64')))).work()
  expect(issues).toMatchObject([{ code: 'MIMICIT_STRAY_CHARACTERS', level: 'warning', count: 1 }])
  expect(issues[0]!.examples[0]).toMatchObject({ id: 'A_IMG_2', message: expect.stringContaining(told) })
  const dataset = await openDataset(out)
  expect(Buffer.compare(await dataset.picture(1), picture)).toBe(0)
  await dataset.close()
})

test.each<[unknown, string]>([
  [null, 'null'],
  [[], 'an empty list'],
  [[null, png], 'a list that begins with null'],
])('a value %j is told as what it is', async (value, told) => {
  const { work } = await importWith(value, { broken: 'skip' })
  const { issues } = await work()
  expect(issues.flatMap(({ examples }) => examples.map(({ message }) => message))).toContain(told)
})

test('slashes that a writer escaped are slashes', async () => {
  const [, picture] = sourceImages[3]!
  const { images, work } = await importWith('PICTURE')
  const text = picture.toString('base64').replaceAll('/', '\\/')
  expect(text).toContain('\\/')
  writeFileSync(images, readFileSync(images, 'utf8').replace('PICTURE', text))
  const dataset = await openDataset((await work()).out)
  expect(Buffer.compare(await dataset.picture(1), picture)).toBe(0)
  await dataset.close()
})
