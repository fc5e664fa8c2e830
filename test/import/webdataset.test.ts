import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import sharp from 'sharp'
import { type Header, pack } from 'tar-stream'
import { describe, expect, test } from 'vitest'
import type { Issue } from '../../src/base/issues.js'
import { importDataset } from '../../src/import/import-dataset.js'
import { openWebDataset, type SampleLimits } from '../../src/import/webdataset/source.js'
import { tarEntries } from '../../src/import/webdataset/tar.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { bytesFile } from '../support/bytes-file.js'
import { faultOf } from '../support/fault.js'
import { imported, picture, writeFiles } from '../support/imported.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
let made = 0
const fresh = (name: string) => join(root, `${name}-${made++}`)

type Entry = readonly [header: string | (Partial<Header> & { readonly name: string }), content?: unknown]

/** A tar; contents that are neither text nor bytes become JSON. */
async function tar(entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack()
  for (const [header, content] of entries) {
    const headers = typeof header === 'string' ? { name: header } : header
    const bytes = Buffer.isBuffer(content) || typeof content === 'string' ? content : JSON.stringify(content ?? {})
    if (headers.type === undefined) archive.entry(headers, bytes)
    else archive.entry({ size: 0, ...headers }).end(Buffer.alloc(0))
  }
  archive.finalize()
  const pieces: Buffer[] = []
  for await (const piece of archive) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

const A = await picture(1, 'jpeg')
const B = await picture(2)
const C = await picture(3, 'webp')

function place(bytes: Uint8Array, name = 'shard.tar'): string {
  return join(writeFiles(fresh('in'), { [name]: bytes }), name)
}

async function importTars(paths: readonly string[], change: object = {}) {
  const out = fresh('out')
  const { issues } = await importDataset({ paths, out, ...change })
  expect(await verifyDataset(out, { deep: true })).toMatchObject({ ok: true })
  return { ...(await imported(out)), issues }
}
const importEntries = async (entries: readonly Entry[], change?: object) =>
  importTars([place(await tar(entries))], change)

/** Both passes of a tar with other limits. */
async function readWith(bytes: Uint8Array, limits: SampleLimits): Promise<number> {
  const source = await openWebDataset(place(bytes), 'x', undefined, limits)
  try {
    let count = 0
    for await (const _ of source.pictures()) count++
    for await (const _ of source.pairs()) count++
    return count
  } finally {
    await source.close()
  }
}

const SOUND: readonly Entry[] = [
  [{ name: './', type: 'directory' }],
  ['./one.jpg', A],
  ['./one.json', { instruction: 'q', answer: 'a', width: 4 }],
  ['two.1.png', B],
  ['two.10.webp', C],
  ['two.0.jpg', A],
  ['two.txt', 'A caption.\n'],
]

describe('WebDataset', () => {
  test.each([
    ['shard.tar', (bytes: Buffer) => bytes],
    ['shard.tar.gz', (bytes: Buffer) => gzipSync(bytes)],
    ['shard.tgz', (bytes: Buffer) => Buffer.concat([gzipSync(bytes.subarray(0, 700)), gzipSync(bytes.subarray(700))])],
  ])('%s is read', async (name, wrap) => {
    const { pairs, media, issues } = await importTars([place(wrap(await tar(SOUND)), name)])
    expect(pairs).toMatchObject([
      { id: 'one', instruction: 'q', response: 'a', mediaIds: ['one.jpg'], metadata: { width: 4 } },
      {
        id: 'two',
        instruction: 'What does the image describe?',
        response: 'A caption.',
        mediaIds: ['two.0.jpg', 'two.1.png', 'two.10.webp'],
        metadata: null,
      },
    ])
    expect(media.map(({ ids }) => ids)).toEqual([['one.jpg', 'two.0.jpg'], ['two.1.png'], ['two.10.webp']])
    expect(issues).toEqual([])
  })

  test('a caption beside metadata is the response; what is left over is kept', async () => {
    const { pairs, contexts, issues } = await importEntries(
      [
        ['d/1.jpg', A],
        ['d/1.txt', 'Caption.'],
        ['d/1.json', { caption: 'Caption.', url: 'u', key: '1' }],
        ['d/2.JPG', A],
        ['d/2.json', { caption: 'From JSON.', id: 'other', language: 'de', split: 'test', context: ['d/1'] }],
        ['d/3.json', { instruction: 'q', response: 'r', caption: 'c' }],
        ['d/3.txt', 't'],
        ['d/3.cls', '7'],
        ['README', 'no sample'],
        ['d/.hidden.jpg', 'no sample'],
      ],
      { instruction: 'Describe.' },
    )
    expect(pairs).toMatchObject([
      { id: 'd/1', instruction: 'Describe.', response: 'Caption.', metadata: { url: 'u', key: '1' } },
      {
        id: 'd/2',
        response: 'From JSON.',
        metadata: { id: 'other' },
        language: 'de',
        split: 'test',
        mediaIds: [expect.any(String)],
      },
      { id: 'd/3', instruction: 'q', response: 'r', metadata: { caption: 'c', txt: 't' }, mediaKind: 'none' },
    ])
    expect(contexts.context!['d/2']).toEqual(['d/1'])
    expect(issues).toMatchObject([{ code: 'MIMICIT_UNUSED_FILE', level: 'warning', count: 3 }])
    expect(issues[0]!.examples.map(({ id, message }) => `${id}: ${message}`)).toEqual([
      'd/3.cls: no part that a pair is made of',
      'README: a name that belongs to no sample',
      'd/.hidden.jpg: a name that belongs to no sample',
    ])
    expect(issues[0]!.examples[0]!.where).toContain('shard.tar')
  })

  test.each<[string, Entry, string]>([
    ['without a response', ['b.json', { instruction: 'q' }], 'the response'],
    ['without a picture and an instruction', ['b.txt', 'a caption'], 'a picture or an instruction'],
    ['whose JSON is a list', ['b.json', []], 'sample "b"'],
    ['whose JSON is none', ['b.json', '{'], 'sample "b"'],
  ])('a sample %s stops an import, or is left out and told', async (_, broken, part) => {
    const whole = (key: string): Entry => [`${key}.json`, { instruction: 'q', response: 'r' }]
    const entries = [whole('a'), broken, whole('c')]
    const fault = await faultOf(importEntries(entries))
    expect(fault.code).toBe(broken[1] === '{' ? 'MIMICIT_BAD_JSON' : 'MIMICIT_BAD_RECORD')
    expect(fault.message).toContain('--broken skip')
    const { pairs, issues } = await importEntries(entries, { broken: 'skip' })
    expect(pairs.map(({ id }) => id)).toEqual(['a', 'c'])
    expect(issues).toMatchObject([{ code: fault.code, level: 'warning', count: 1 }])
    const [example] = issues[0]!.examples
    expect(`${example!.where}: ${example!.message}`).toContain(part)
  })

  test('a field that the JSON of a sample has twice is told', async () => {
    const { pairs, issues } = await importEntries([['a.json', '{"instruction":"q","response":"r","response":"s"}']])
    expect(pairs).toMatchObject([{ response: 's' }])
    expect(issues).toMatchObject([{ code: 'MIMICIT_REPEATED_FIELD', level: 'warning', count: 1 }])
  })

  test('what is not used is listed in the report, once each, and stops nothing', async () => {
    const out = fresh('out')
    const entries: Entry[] = Array.from({ length: 7 }, (_, n) => [`.${n}.png`, A])
    const { report } = await importDataset({ paths: [place(await tar(entries))], out })
    const lines = readFileSync(report!, 'utf8').trim().split('\n')
    const unused = lines.map((line) => JSON.parse(line) as Issue).filter(({ code }) => code === 'MIMICIT_UNUSED_FILE')
    expect(unused.map(({ id }) => id)).toEqual(entries.map(([name]) => name))
  })

  test.each(['tif', 'TIFF', 'avif', 'jfif', 'jpe', '0.jpeg'])('a picture of the name a.%s is one', async (ending) => {
    const format = /tif/i.test(ending) ? 'tiff' : ending === 'avif' ? 'avif' : 'jpeg'
    const bytes = await sharp(A).toFormat(format).toBuffer()
    const { pairs, media, issues } = await importEntries([
      [`a.${ending}`, bytes],
      ['a.txt', 'c'],
    ])
    expect(pairs).toMatchObject([{ id: 'a', mediaIds: [`a.${ending}`] }])
    expect([media.length, issues]).toEqual([1, []])
  })

  test.each(['bmp', 'jp2', 'ppm', 'ico', 'svg'])(
    'a picture of a kind that is not read is told: a.%s',
    async (ending) => {
      const entries: readonly Entry[] = [
        [`a.${ending}`, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>')],
        ['a.json', { instruction: 'q', response: 'r' }],
        ['b.json', { instruction: 'q', response: 'r' }],
      ]
      expect((await faultOf(importEntries(entries))).code).toBe('MIMICIT_BAD_PICTURE')
      const { pairs, issues } = await importEntries(entries, { broken: 'drop-visual' })
      expect(pairs.map(({ id }) => id)).toEqual(['b'])
      expect(issues.map(({ code }) => code)).toContain('MIMICIT_BAD_PICTURE')
    },
  )

  describe('a text of a sample that is there twice', () => {
    const entries: readonly Entry[] = [
      ['b.png', B],
      ['b.json', { instruction: 'q1', response: 'r1' }],
      ['b.JSON', { instruction: 'q2', response: 'r2' }],
      ['c.jpg', A],
      ['c.txt', 'first'],
      ['c.txt', 'second'],
      ['c.txt', 'first'],
    ]

    test('is refused', async () => {
      const fault = await faultOf(importEntries(entries))
      expect(fault.code).toBe('MIMICIT_DUPLICATE_ID')
      for (const part of ['shard.tar', 'pair b', 'pair c']) expect(fault.message).toContain(part)
    })

    test.each([
      ['last', ['b: r2 [b.png]', 'c: first [c.jpg]']],
      ['keep', ['b#1: r1 [b.png]', 'b: r2 [b.png]', 'c#1: second [c.jpg]', 'c: first [c.jpg]']],
    ])('or told, with the policy %s', async (duplicates, expected) => {
      const { pairs, issues } = await importEntries(entries, { duplicates })
      expect(pairs.map(({ id, response, mediaIds }) => `${id}: ${response} [${mediaIds}]`)).toEqual(expected)
      expect(issues.map(({ code, count }) => [code, count])).toEqual([['MIMICIT_DUPLICATE_ID', 2]])
    })

    test('and nothing is lost of one that is the same, nor of a picture', async () => {
      const twice = [...SOUND.slice(0, 3), ...SOUND.slice(1)]
      const { pairs, issues } = await importEntries(twice)
      expect(pairs.map(({ id, mediaIds }) => [id, mediaIds.length])).toEqual([
        ['one', 1],
        ['two', 3],
      ])
      expect(issues).toEqual([])
    })
  })

  test('long names and several shards with the same keys are read', async () => {
    const long = `${'x'.repeat(150)}/${'y'.repeat(120)}`
    const one = await tar([
      [`${long}.jpg`, A],
      [`${long}.txt`, 'c'],
      ['k.png', B],
      ['k.txt', 'b'],
    ])
    const two = await tar([
      ['k.webp', C],
      ['k.txt', 'c'],
    ])
    const { pairs } = await importTars([place(one, '000.tar'), place(two, '001.tar')])
    expect(pairs.map(({ id, mediaIds }) => [id, mediaIds])).toEqual([
      [long, [`${long}.jpg`]],
      ['k', ['k.png']],
      ['001/k', ['k.webp']],
    ])
  })

  test.each<[string, readonly Entry[], string, string]>([
    ['a path upwards', [['../evil.jpg', A]], 'MIMICIT_BAD_RECORD', 'a relative path'],
    ['a path upwards inside', [['a/../../evil.jpg', A]], 'MIMICIT_BAD_RECORD', 'a relative path'],
    ['an absolute path', [['/etc/evil.jpg', A]], 'MIMICIT_BAD_RECORD', 'a relative path'],
    ['a drive', [['C:\\evil.jpg', A]], 'MIMICIT_BAD_RECORD', 'a relative path'],
    ['a folder upwards', [[{ name: '../evil/', type: 'directory' }]], 'MIMICIT_BAD_RECORD', 'a relative path'],
    ['a link', [[{ name: 'a.jpg', type: 'symlink', linkname: '/etc/passwd' }]], 'MIMICIT_BAD_RECORD', 'symlink'],
    ['a hard link', [[{ name: 'a.jpg', type: 'link', linkname: '/etc/passwd' }]], 'MIMICIT_BAD_RECORD', 'a link'],
    ['a device', [[{ name: 'a.jpg', type: 'character-device' }]], 'MIMICIT_BAD_RECORD', 'character-device'],
    ['a disk', [[{ name: 'a.jpg', type: 'block-device' }]], 'MIMICIT_BAD_RECORD', 'block-device'],
    ['a pipe', [[{ name: 'a.jpg', type: 'fifo' }]], 'MIMICIT_BAD_RECORD', 'fifo'],
    ['no text', [['a.jpg', A]], 'MIMICIT_BAD_RECORD', 'sample "a"'],
    ['no picture', [['a.txt', 'caption']], 'MIMICIT_BAD_RECORD', 'a picture'],
    [
      'no UTF-8',
      [
        ['a.jpg', A],
        ['a.txt', Buffer.from([0xff])],
      ],
      'MIMICIT_BAD_RECORD',
      'UTF-8',
    ],
    [
      'a list',
      [
        ['a.jpg', A],
        ['a.json', [1]],
      ],
      'MIMICIT_BAD_RECORD',
      'an object',
    ],
    [
      'no JSON',
      [
        ['a.jpg', A],
        ['a.json', '{'],
      ],
      'MIMICIT_BAD_JSON',
      'sample "a"',
    ],
    [
      'deep JSON',
      [
        ['a.jpg', A],
        ['a.json', '['.repeat(9999)],
      ],
      'MIMICIT_BAD_JSON',
      'nested',
    ],
    [
      'no picture in a picture',
      [
        ['a.jpg', 'x'],
        ['a.txt', 'c'],
      ],
      'MIMICIT_BAD_PICTURE',
      'a.jpg',
    ],
    [
      'a key twice',
      [
        ['a.jpg', A],
        ['a.txt', 'c'],
        ['b.txt', 'c'],
        ['b.png', B],
        ['a.txt', 'd'],
        ['a.jpg', A],
      ],
      'MIMICIT_DUPLICATE_ID',
      'pair a',
    ],
  ])('%s is refused', async (_, entries, code, part) => {
    const out = fresh('out')
    const fault = await faultOf(importDataset({ paths: [place(await tar(entries))], out }))
    expect(fault.code).toBe(code)
    expect(fault.message).toContain(part)
    expect(fault.message).toContain('shard.tar')
    expect(existsSync(out)).toBe(false)
  })

  test.each<[SampleLimits, string]>([
    [{ maxFileBytes: A.byteLength - 1 }, `a file of at most ${A.byteLength - 1} bytes`],
    [{ maxTextBytes: 5 }, 'a file of at most 5 bytes'],
    [{ maxSampleBytes: A.byteLength + B.byteLength }, 'sample "two"'],
    [{ maxSampleFiles: 3 }, 'at most 3 files'],
  ])('with the limits %j it is refused', async (limits, part) => {
    const bytes = await tar(SOUND)
    expect(await readWith(bytes, {})).toBe(6)
    const fault = await faultOf(readWith(bytes, limits))
    expect(fault.code).toBe('MIMICIT_BAD_RECORD')
    expect(fault.message).toContain(part)
  })

  test('the texts of a sample are bounded together', async () => {
    const bytes = await tar([
      ['a.jpg', A],
      ['a.txt', 'x'.repeat(30)],
      ['a.json', { url: 'x'.repeat(30) }],
    ])
    const fault = await faultOf(readWith(bytes, { maxTextBytes: 45 }))
    expect([fault.code, fault.parts.expected]).toEqual(['MIMICIT_BAD_RECORD', 'texts of at most 45 bytes'])
  })

  test('a size that lies is refused before anything is read for it', async () => {
    const bytes = await tar([['a.jpg', A]])
    const header = Buffer.from(bytes.subarray(0, 512))
    header.write('77777777777\0', 124)
    header.fill(0x20, 148, 156)
    const sum = header.reduce((total, byte) => total + byte, 0)
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
    const fault = await faultOf(readWith(Buffer.concat([header, bytes.subarray(512)]), {}))
    expect([fault.code, fault.parts.received]).toEqual(['MIMICIT_BAD_RECORD', '8589934591 bytes'])
  })

  test('a gzip that swells is stopped at the size of its first file', async () => {
    const bomb = gzipSync(
      await tar([
        ['a.jpg', Buffer.alloc(5e6)],
        ['a.txt', 'c'],
      ]),
    )
    expect(bomb.byteLength).toBeLessThan(10_000)
    expect((await faultOf(readWith(bomb, { maxFileBytes: 1e6 }))).code).toBe('MIMICIT_BAD_RECORD')
  })

  test.each([false, true])('every proper beginning is refused (gzipped: %s)', async (zipped) => {
    const whole = await tar(SOUND)
    const bytes = zipped ? gzipSync(whole) : whole
    const read = async (length: number) => {
      let count = 0
      for await (const _ of tarEntries(
        bytesFile(bytes.subarray(0, length)),
        () => true,
        () => 1e9,
      ))
        count++
      return count
    }
    expect(await read(bytes.byteLength)).toBe(6)
    // Of the two empty blocks at the end one is enough.
    const last = zipped ? bytes.byteLength : bytes.byteLength - 512
    for (let length = 0; length < last; length += zipped ? 13 : 128) {
      expect((await faultOf(read(length))).code, `${length} of ${bytes.byteLength}`).toBe('MIMICIT_CORRUPT')
    }
  })

  test('a damaged tar ends in an error of ours or in files of bounded size, never in a hang', async () => {
    const bytes = await tar(SOUND)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(bytes.byteLength - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        async (flips, zipped) => {
          const damaged = Buffer.from(zipped ? gzipSync(bytes) : bytes)
          for (const [at, value] of flips) damaged[at % damaged.byteLength] = value
          try {
            for await (const { size } of tarEntries(
              bytesFile(damaged),
              () => true,
              () => 1e6,
            ))
              expect(size).toBeLessThan(1e6)
          } catch (error) {
            expect(error).toMatchObject({ code: expect.stringMatching(/^MIMICIT_(CORRUPT|BAD_RECORD)$/) })
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  test('a reader that stops early leaves nothing open', async () => {
    const file = bytesFile(await tar(SOUND))
    for await (const { name } of tarEntries(
      file,
      () => true,
      () => 1e6,
    )) {
      expect(name).toBe('one.jpg')
      break
    }
  })
})
