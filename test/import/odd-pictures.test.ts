// Pictures as the world has them: what an import says of each, and what the loader sees of it. Each is made here.
import { appendFileSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { importDataset } from '../../src/import/import-dataset.js'
import { imageEntries } from '../../src/import/mimic-it/images.js'
import { importMimicIt } from '../../src/import/mimic-it/index.js'
import { openDataset } from '../../src/shards/dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { decodeWithSharp } from '../../src/vision/decode.js'
import { MAX_PICTURE_BYTES, probePicture } from '../../src/vision/probe.js'
import { shrinkPicture } from '../../src/vision/shrink.js'
import { transforms } from '../../src/vision/transforms.js'
import { bytesFile } from '../support/bytes-file.js'
import { faultOf } from '../support/fault.js'
import { crc32, storedPng } from '../support/stored-png.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()

type Colour = readonly [red: number, green: number, blue: number]
const RED: Colour = [220, 30, 40]
const BLUE: Colour = [30, 60, 200]

const plain = (width: number, height: number, [r, g, b]: Colour = RED) =>
  sharp({ create: { width, height, channels: 3, background: { r, g, b } } })

/** Left half red, right half blue. */
const halves = async (width: number, height: number) =>
  sharp(
    await plain(width, height)
      .composite([
        {
          input: await plain(width / 2, height, BLUE)
            .png()
            .toBuffer(),
          left: width / 2,
          top: 0,
        },
      ])
      .png()
      .toBuffer(),
  )

const frames = async (...colours: Colour[]) =>
  sharp(await Promise.all(colours.map((colour) => plain(24, 16, colour).png().toBuffer())), {
    join: { animated: true },
  })

/** Colours of the top left and the bottom right corner, as the model sees them. */
async function corners(bytes: Uint8Array): Promise<[number[], number[]]> {
  const pixels = await decodeWithSharp(bytes, 16, transforms.squash, 'test')
  expect(pixels).toHaveLength(16 * 16 * 3)
  return [[...pixels.subarray(0, 3)], [...pixels.subarray(-3)]]
}

/** How much memory outside of V8's heap some work takes at a time, in bytes. */
async function mostHeld(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage().arrayBuffers
  let most = 0
  const look = setInterval(() => {
    most = Math.max(most, process.memoryUsage().arrayBuffers - before)
  }, 1)
  try {
    await work()
  } finally {
    clearInterval(look)
  }
  return most
}

/** The same but for what a lossy format changes. */
function expectColour(found: readonly number[], [r, g, b]: Colour, within: number) {
  const off = Math.max(...[r, g, b].map((value, i) => Math.abs(found[i]! - value)))
  expect(off, `${found} instead of ${[r, g, b]}`).toBeLessThanOrEqual(within)
}

// Print has no bright red.
const DULL: Colour = [150, 90, 80]
const GREY: Colour = [90, 90, 90]
const kinds: Record<string, () => Promise<[bytes: Buffer, facts: [string, number, number], a: Colour, b: Colour]>> = {
  'CMYK JPEG': async () => [
    await plain(24, 16, DULL).toColourspace('cmyk').jpeg().toBuffer(),
    ['jpeg', 24, 16],
    DULL,
    DULL,
  ],
  'grey JPEG': async () => [
    await plain(24, 16, GREY).toColourspace('b-w').jpeg().toBuffer(),
    ['jpeg', 24, 16],
    GREY,
    GREY,
  ],
  'grey PNG with transparency': async () => [
    await sharp({ create: { width: 24, height: 16, channels: 4, background: { r: 9, g: 9, b: 9, alpha: 0 } } })
      .toColourspace('b-w')
      .png()
      .toBuffer(),
    ['png', 24, 16],
    [255, 255, 255],
    [255, 255, 255],
  ],
  'PNG of 16 bits': async () => [
    await plain(24, 16).toColourspace('rgb16').png().toBuffer(),
    ['png', 24, 16],
    RED,
    RED,
  ],
  'grey PNG of 16 bits': async () => [
    await plain(24, 16, GREY).toColourspace('grey16').png().toBuffer(),
    ['png', 24, 16],
    GREY,
    GREY,
  ],
  'PNG with a palette': async () => [
    await (await halves(24, 16)).png({ palette: true }).toBuffer(),
    ['png', 24, 16],
    RED,
    BLUE,
  ],
  'JPEG that lies on its side': async () => [
    await (await halves(24, 16)).withMetadata({ orientation: 6 }).jpeg({ chromaSubsampling: '4:4:4' }).toBuffer(),
    ['jpeg', 16, 24],
    RED,
    BLUE,
  ],
  'JPEG that stands on its head': async () => [
    await (await halves(24, 16)).withMetadata({ orientation: 3 }).jpeg({ chromaSubsampling: '4:4:4' }).toBuffer(),
    ['jpeg', 24, 16],
    BLUE,
    RED,
  ],
  WebP: async () => [await plain(24, 16).webp().toBuffer(), ['webp', 24, 16], RED, RED],
  'animated GIF': async () => [await (await frames(RED, BLUE, BLUE)).gif().toBuffer(), ['gif', 24, 16], RED, RED],
  'animated WebP': async () => [await (await frames(RED, BLUE)).webp().toBuffer(), ['webp', 24, 16], RED, RED],
  TIFF: async () => [await plain(24, 16).tiff().toBuffer(), ['tiff', 24, 16], RED, RED],
}

describe.each(Object.entries(kinds))('%s', (_, make) => {
  test('has the size and the colours that a person sees, stored as it is or made smaller', async () => {
    const [bytes, [format, width, height], a, b] = await make()
    expect(await probePicture(bytes, 'test')).toEqual({ format, width, height })
    const [first, last] = await corners(bytes)
    expectColour(first, a, 12)
    expectColour(last, b, 12)
    const small = await shrinkPicture(bytes, 12, 'test')
    expect(Math.max(small.width, small.height)).toBe(12)
    expect(small.width > small.height).toBe(width > height)
    expect(await probePicture(small.bytes, 'test')).toEqual({
      format: small.format,
      width: small.width,
      height: small.height,
    })
    const [smallFirst, smallLast] = await corners(small.bytes)
    expectColour(smallFirst, a, 15)
    expectColour(smallLast, b, 15)
  })
})

describe('what is no picture', () => {
  const half = async (format: 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff') => {
    // Noise, so that half of the bytes is half of the picture.
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * i * 2654435761) >>> 24)
    const whole = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .toFormat(format)
      .toBuffer()
    return whole.subarray(0, whole.byteLength >> 1)
  }

  test.each(['jpeg', 'png', 'webp', 'gif', 'tiff'] as const)('half of a %s is told at import', async (format) => {
    const fault = await faultOf(probePicture(await half(format), 'the picture X'))
    expect([fault.code, fault.message]).toEqual(['MIMICIT_BAD_PICTURE', expect.stringContaining('the picture X')])
  })

  test.each([
    ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>'],
    ['a page', '<!doctype html><title>404</title>'],
    ['a text', 'hello'],
  ])('%s is told at import', async (_, text) => {
    expect((await faultOf(probePicture(Buffer.from(text), 'X'))).code).toBe('MIMICIT_BAD_PICTURE')
  })

  test('bytes without end are refused, and base64 of such is not even decoded', async () => {
    const fault = await faultOf(probePicture(new Uint8Array(MAX_PICTURE_BYTES + 1), 'X'))
    expect([fault.code, fault.message]).toEqual(['MIMICIT_BAD_PICTURE', expect.stringContaining('more than 128000000')])
    const file = bytesFile(Buffer.from(JSON.stringify({ a: 'A'.repeat(3000), b: 'A'.repeat(1000) })))
    const found: unknown[] = []
    for await (const { id, bytes, fault } of imageEntries(file, 1000)) found.push([id, bytes.byteLength, fault?.code])
    expect(found).toEqual([
      ['a', 0, 'MIMICIT_BAD_PICTURE'],
      ['b', 750, undefined],
    ])
  })

  test('base64 of 700 MB is refused without being held, and what is beside it is imported', async () => {
    const path = join(dir, 'giant')
    mkdirSync(path)
    const images = join(path, 'A.json')
    const good = (await plain(8, 8).png().toBuffer()).toString('base64')
    // A file with a hole in it: nothing of it but its ends is on the disk.
    writeFileSync(images, '{"A_IMG_1": "')
    truncateSync(images, 700e6)
    appendFileSync(images, `", "A_IMG_2": "${good}"}`)
    const record = { instruction: 'What?', answer: 'That.', image_ids: ['A_IMG_2'], rel_ins_ids: [] }
    writeFileSync(join(path, 'A_instructions.json'), JSON.stringify({ meta: {}, data: { A_INS_1: record } }))
    const options = { paths: [join(path, 'A_instructions.json')], images: [images] }
    const fault = await faultOf(importDataset({ ...options, out: join(path, 'none') }))
    expect(fault.message).toContain('picture "A_IMG_1"')
    const held = await mostHeld(async () => {
      const { issues, manifest } = await importDataset({ ...options, out: join(path, 'out'), broken: 'skip' })
      expect(issues).toMatchObject([{ code: 'MIMICIT_BAD_PICTURE', count: 1 }])
      expect(issues[0]!.examples[0]!.message).toMatch(/base64 text of 69\d+ bytes/)
      expect(manifest.tables.media.rows).toBe(1)
    })
    expect(held).toBeLessThan(60e6)
    rmSync(images)
  })

  test('a picture of more than 100 million pixels is refused by its header', async () => {
    const bomb = storedPng(2, 2, () => RED)
    // Width and height of the header, whose checksum is wrong then, and the right one.
    bomb.writeUInt32BE(20_000, 16)
    bomb.writeUInt32BE(20_000, 20)
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29)
    const fault = await faultOf(probePicture(bomb, 'X'))
    expect(fault.code).toBe('MIMICIT_BAD_PICTURE')
    expect(fault.message).toMatch(/pixel/)
    expect((await faultOf(decodeWithSharp(bomb, 16, transforms.squash, 'X'))).code).toBe('MIMICIT_BAD_PICTURE')
  })
})

test('an id that ends like another format changes nothing: bytes tell what a picture is', async () => {
  const pictures = {
    'A_IMG_1.png': await plain(24, 16).jpeg().toBuffer(),
    'A_IMG_2.jpg': await plain(16, 24, BLUE).webp().toBuffer(),
    'A_IMG_3.gif': await (await frames(BLUE, RED)).gif().toBuffer(),
  }
  const path = join(dir, 'named')
  const ids = Object.keys(pictures)
  const base64 = Object.entries(pictures).map(([id, bytes]) => [id, bytes.toString('base64')])
  writeFileSync(`${path}.json`, JSON.stringify(Object.fromEntries(base64)))
  const record = { instruction: 'q', answer: 'a', image_ids: ids, rel_ins_ids: [] }
  writeFileSync(`${path}-instructions.json`, JSON.stringify({ data: { A_INS_1: record } }))
  const { out, report } = await importMimicIt({
    instructions: [`${path}-instructions.json`],
    images: [`${path}.json`],
    out: path,
  })
  expect(report).toBeNull()
  expect(await verifyDataset(out, { deep: true })).toMatchObject({ ok: true, issues: [] })
  const dataset = await openDataset(out)
  const facts = await Promise.all(ids.map((_, row) => dataset.media(row)))
  expect(facts.map(({ format, width, height }) => [format, width, height])).toEqual([
    ['jpeg', 24, 16],
    ['webp', 16, 24],
    ['gif', 24, 16],
  ])
  await dataset.close()
})
