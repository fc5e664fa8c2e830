// What the fixtures promise to the other tests and to the demo, checked on the committed files.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'

interface Pair {
  readonly instruction: string
  readonly answer: string
  readonly image_ids: readonly string[]
  readonly rel_ins_ids: readonly string[]
}
interface Instructions {
  readonly meta: Record<string, string>
  readonly data: Record<string, Pair>
}

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url))
const BROKEN = join(FIXTURES, 'broken')
const HELD_OUT = ['LA_IMG_000000408805', 'LA_IMG_000000516008']

const text = (...path: string[]) => readFileSync(join(FIXTURES, ...path), 'utf8')
const instructionsOf = (subset: string): Instructions => JSON.parse(text('mimicit', `${subset}_instructions.json`))
const trainOf = (subset: string): Record<string, string[]> => JSON.parse(text('mimicit', `${subset}_train.json`))
const images: Record<string, string> = JSON.parse(text('mimicit', 'LA.json'))
const all: [string, Pair][] = ['LA', 'CGD'].flatMap((subset) => Object.entries(instructionsOf(subset).data))
const isHeldOut = (pair: Pair) => pair.image_ids.some((id) => HELD_OUT.includes(id))

const duplicates = (values: readonly string[]) => values.filter((value, i) => values.indexOf(value) !== i)

describe('the data set', () => {
  it('takes less than 4 MB with everything beside it', () => {
    const files = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
    const bytes = files.map((file) => statSync(join(FIXTURES, file))).filter((s) => s.isFile())
    expect(bytes.reduce((sum, s) => sum + s.size, 0)).toBeLessThan(4_000_000)
  })

  it('has the fields of the original files, filled with text', () => {
    for (const subset of ['LA', 'CGD']) {
      expect(Object.keys(instructionsOf(subset))).toEqual(['meta', 'data'])
      expect(Object.keys(instructionsOf(subset).meta)).toEqual(['version', 'time', 'author'])
    }
    for (const [id, pair] of all) {
      expect(Object.keys(pair), id).toEqual(['instruction', 'answer', 'image_ids', 'rel_ins_ids'])
      expect(pair.instruction, id).toMatch(/^\S.*\S$/)
      expect(pair.answer, id).toMatch(/^\S.*\S$/)
    }
  })

  it('has ids of the modern form', () => {
    for (const id of Object.keys(instructionsOf('LA').data)) expect(id).toMatch(/^LA_INS_\d{12}_\d$/)
    for (const id of Object.keys(instructionsOf('CGD').data)) expect(id).toMatch(/^CGD_INS_\d{6}$/)
    for (const id of Object.keys(images)) expect(id).toMatch(/^LA_IMG_\d{12}$/)
  })

  it('has 110 to 140 pairs on one picture and 12 to 16 on two', () => {
    const numbers = ['LA', 'CGD'].map((subset) => Object.values(instructionsOf(subset).data))
    expect(numbers[0]!.length).toBeGreaterThanOrEqual(110)
    expect(numbers[0]!.length).toBeLessThanOrEqual(140)
    expect(new Set(numbers[0]!.map((pair) => pair.image_ids.length))).toEqual(new Set([1]))
    expect(numbers[1]!.length).toBeGreaterThanOrEqual(12)
    expect(numbers[1]!.length).toBeLessThanOrEqual(16)
    for (const pair of numbers[1]!) expect(new Set(pair.image_ids).size).toBe(2)
  })

  it('has several pairs a picture', () => {
    for (const image of Object.keys(images)) {
      const pairs = Object.values(instructionsOf('LA').data).filter((pair) => pair.image_ids[0] === image)
      expect(pairs.length, image).toBeGreaterThanOrEqual(6)
    }
  })

  it('never asks the same about the same pictures', () => {
    expect(duplicates(all.map(([, pair]) => [pair.instruction, ...pair.image_ids].join('\n')))).toEqual([])
  })

  it('has at least 20 instructions, in each subset more than one', () => {
    expect(new Set(all.map(([, pair]) => pair.instruction)).size).toBeGreaterThanOrEqual(20)
    const two = Object.values(instructionsOf('CGD').data).map((pair) => pair.instruction)
    expect(new Set(two).size).toBeGreaterThan(1)
  })

  it('asks one question of every picture, answered differently', () => {
    const shared = all.filter(([, pair]) => pair.instruction === 'Which things are in this picture?')
    expect(shared.map(([, pair]) => pair.image_ids[0])).toEqual(Object.keys(images))
    expect(duplicates(shared.map(([, pair]) => pair.answer))).toEqual([])
    for (const [id, pair] of shared) {
      const contexts = all.filter(([other]) => pair.rel_ins_ids.includes(other))
      expect(contexts, id).toHaveLength(4)
      for (const [, context] of contexts) {
        expect(context.instruction, id).toBe(pair.instruction)
        expect(context.image_ids, id).not.toEqual(pair.image_ids)
        expect(isHeldOut(context), id).toBe(false)
      }
    }
  })

  it('asks about presence with both answers equally often', () => {
    const answers = all.map(([, pair]) => pair.answer)
    const yes = answers.filter((answer) => answer.startsWith('Yes, ')).length
    expect(yes).toBeGreaterThanOrEqual(14)
    expect(answers.filter((answer) => answer.startsWith('No, ')).length).toBe(yes)
  })

  it('gives the rounds of a conversation its earlier rounds', () => {
    const { data } = instructionsOf('LA')
    expect(data.LA_INS_000000000790_3!.rel_ins_ids).toEqual(['LA_INS_000000000790_1', 'LA_INS_000000000790_2'])
    expect(trainOf('LA').LA_INS_000000000790_7).toEqual([3, 4, 5, 6].map((n) => `LA_INS_000000000790_${n}`))
    expect(instructionsOf('CGD').data.CGD_INS_000002!.rel_ins_ids).toEqual(['CGD_INS_000003'])
  })

  it('names no picture and no pair that is not there', () => {
    const ids = new Set(all.map(([id]) => id))
    for (const [id, pair] of all) {
      for (const image of pair.image_ids) expect(images, id).toHaveProperty(image)
      for (const other of pair.rel_ins_ids) expect(ids, id).toContain(other)
      expect(pair.rel_ins_ids, id).not.toContain(id)
      expect(duplicates(pair.rel_ins_ids), id).toEqual([])
    }
    for (const subset of ['LA', 'CGD']) {
      for (const [id, contexts] of Object.entries(trainOf(subset))) {
        expect(ids).toContain(id)
        for (const other of contexts) expect(ids, id).toContain(other)
      }
    }
  })

  it('trains on all pairs of fourteen pictures and on none of the two held out', () => {
    expect(Object.keys(images)).toHaveLength(16)
    for (const subset of ['LA', 'CGD']) {
      const { data } = instructionsOf(subset)
      const train = trainOf(subset)
      const training = Object.entries(data).filter(([, pair]) => !isHeldOut(pair))
      expect(Object.keys(train)).toEqual(training.map(([id]) => id))
      for (const [id, contexts] of Object.entries(train)) {
        expect(contexts.length, id).toBeLessThanOrEqual(4)
        expect(data[id]!.rel_ins_ids, id).toEqual(expect.arrayContaining(contexts))
        for (const other of contexts) expect(isHeldOut(data[other]!), id).toBe(false)
      }
      for (const [id, pair] of Object.entries(data)) {
        for (const other of pair.rel_ins_ids) expect(isHeldOut(data[other]!), id).toBe(false)
      }
    }
    for (const image of HELD_OUT) expect(all.some(([, pair]) => pair.image_ids.includes(image))).toBe(true)
  })
})

describe('the pictures', () => {
  it('are one physical line of standard padded base64, joined as the original writer joins them', () => {
    const raw = text('mimicit', 'LA.json')
    const entries = Object.entries(images).map(([id, base64]) => `"${id}": "${base64}"`)
    expect(raw === `{${entries.join(', ')}}`).toBe(true)
    for (const [id, base64] of Object.entries(images)) {
      expect(Buffer.from(base64, 'base64').toString('base64') === base64, id).toBe(true)
    }
  })

  it('decode, all of them, as the JPEG they are', async () => {
    for (const [id, base64] of Object.entries(images)) {
      const bytes = Buffer.from(base64, 'base64')
      expect((await sharp(bytes).metadata()).format, id).toBe('jpeg')
      const { info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true })
      expect(Math.max(info.width, info.height), id).toBeGreaterThanOrEqual(500)
      expect(info.channels, id).toBe(3)
    }
  })

  it('are credited one by one in SOURCES.md, with a licence that lets them be passed on', () => {
    const rows = text('SOURCES.md')
      .split('\n')
      .filter((line) => line.startsWith('| `LA_IMG_'))
      .map((line) => line.split('|').map((cell) => cell.trim()))
    expect(rows.map((cells) => cells[1])).toEqual(Object.keys(images).map((id) => `\`${id}\``))
    for (const [, id, cocoId, url, licence, heldOut] of rows) {
      expect(id).toBe(`\`LA_IMG_${cocoId!.padStart(12, '0')}\``)
      expect(url).toMatch(/^http:\/\/farm\d+\.staticflickr\.com\/\d+\/\d+_\w+\.jpg$/)
      expect(licence).toMatch(/^\[CC BY(-SA)? 2\.0\]\(http:\/\/creativecommons\.org\/licenses\/by(-sa)?\/2\.0\/\)$/)
      expect(heldOut).toBe(HELD_OUT.includes(id!.slice(1, -1)) ? 'yes' : 'no')
    }
    expect(text('SOURCES.md')).toContain('[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/)')
  })
})

describe('the broken files', () => {
  const folders = readdirSync(BROKEN, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const names = folders.map((folder) => folder.name).sort()

  it('are described, each folder on a line of its own', () => {
    const described = [
      ...text('broken', 'README.md').matchAll(/^\| `([a-z0-9-]+)` +\| (?:defect|tolerable) +\| \S.* \|$/gm),
    ]
    expect(described.map((match) => match[1]).sort()).toEqual(names)
    expect(names.length).toBeGreaterThanOrEqual(20)
  })

  it('are small and lie where a test looks for them', () => {
    for (const name of names) {
      const files = readdirSync(join(BROKEN, name)).sort()
      expect(files.slice(0, 2), name).toEqual(['images.json', 'instructions.json'])
      expect(
        files.slice(2).every((file) => file === 'train.json'),
        name,
      ).toBe(true)
      for (const file of files) expect(statSync(join(BROKEN, name, file)).size, `${name}/${file}`).toBeLessThan(2048)
    }
  })

  it('parse as JSON unless that is their defect', () => {
    const unparsable: string[] = []
    for (const name of names) {
      for (const file of readdirSync(join(BROKEN, name))) {
        try {
          JSON.parse(text('broken', name, file))
        } catch {
          unparsable.push(`${name}/${file}`)
        }
      }
    }
    expect(unparsable.sort()).toEqual([
      'byte-order-mark/instructions.json',
      'empty-file/instructions.json',
      'not-json/instructions.json',
      'truncated-images/images.json',
      'truncated-instructions/instructions.json',
    ])
  })

  it('hold a picture in every tolerable spelling of base64, and each spelling is another one', async () => {
    const values = ['url-safe-base64', 'base64-without-padding', 'base64-with-newlines'].map(
      (name): string => JSON.parse(text('broken', name, 'images.json')).BAD_IMG_00000,
    )
    expect(values[0]).toMatch(/^[\w-]+=+$/)
    expect(values[0]).toMatch(/-.*_|_.*-/)
    expect(values[1]).not.toContain('=')
    expect(values[1]!.length % 4).not.toBe(0)
    expect(values[2]).toContain('\n')
    for (const value of values) {
      // Node's decoder is as lenient as the original's: both alphabets, no padding, stray characters.
      const { info } = await sharp(Buffer.from(value, 'base64')).raw().toBuffer({ resolveWithObject: true })
      expect([info.width, info.height, info.format]).toEqual([8, 8, 'raw'])
    }
  })

  it('hold pictures that do not decode where they say so', async () => {
    for (const name of ['zero-byte-image', 'not-a-picture', 'truncated-jpeg']) {
      const value: string = JSON.parse(text('broken', name, 'images.json')).BAD_IMG_00000
      await expect((async () => sharp(Buffer.from(value, 'base64')).raw().toBuffer())(), name).rejects.toThrow()
    }
  })

  it('repeat an id where they say so', () => {
    expect(text('broken', 'id-twice', 'instructions.json').match(/"BAD_INS_00000":/g)).toHaveLength(2)
    expect(text('broken', 'image-id-twice', 'images.json').match(/"BAD_IMG_00000":/g)).toHaveLength(2)
  })
})
