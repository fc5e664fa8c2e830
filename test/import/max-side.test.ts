// --max-side: what is larger is encoded again, once; what is not stays byte for byte.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import { importMimicIt, type MimicItOptions } from '../../src/import/mimic-it/index.js'
import { openDataset } from '../../src/shards/dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { shrinkPicture } from '../../src/vision/shrink.js'
import { faultOf } from '../support/fault.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
let made = 0

/** A picture with something to see in every corner, from which orientation can be told. */
const draw = (width: number, height: number) =>
  sharp(
    Uint8Array.from({ length: width * height * 3 }, (_, i) => ((i % 3 === 0 ? i / 3 : i / 3 / width) * 7) & 255),
    { raw: { width, height, channels: 3 } },
  )

/** Imports these pictures, each with one pair. */
async function importPictures(pictures: Record<string, Uint8Array>, options: Partial<MimicItOptions> = {}) {
  const path = join(dir, `${made++}`)
  const base64 = Object.entries(pictures).map(([id, bytes]) => [id, Buffer.from(bytes).toString('base64')])
  writeFileSync(`${path}.json`, JSON.stringify(Object.fromEntries(base64)))
  const pairs = Object.keys(pictures).map((id) => [
    id.replace('IMG', 'INS'),
    { instruction: 'q', answer: 'a', image_ids: [id], rel_ins_ids: [] },
  ])
  writeFileSync(`${path}-instructions.json`, JSON.stringify({ data: Object.fromEntries(pairs) }))
  const instructions = [`${path}-instructions.json`]
  return importMimicIt({ instructions, images: [`${path}.json`], out: path, ...options })
}

describe('an import with maxSide', () => {
  let pictures: Record<string, Buffer>
  beforeAll(async () => {
    pictures = {
      A_IMG_1: await draw(400, 200).jpeg({ quality: 100 }).toBuffer(),
      A_IMG_2: await draw(100, 64).jpeg().toBuffer(),
      A_IMG_3: await draw(80, 300).png().toBuffer(),
      A_IMG_4: await draw(130, 128).webp().toBuffer(),
      A_IMG_5: await draw(300, 200).jpeg().withMetadata({ orientation: 6 }).toBuffer(),
      A_IMG_6: await draw(400, 200).jpeg({ quality: 100 }).toBuffer(),
    }
  })

  test('stores the new bytes with their facts, and is the same every time', async () => {
    const { out, shrunk, issues, manifest } = await importPictures(pictures, { maxSide: 128 })
    expect(issues).toEqual([])
    expect(await verifyDataset(out, { deep: true })).toMatchObject({ ok: true, issues: [] })
    const dataset = await openDataset(out)
    const facts = await Promise.all([0, 1, 2, 3, 4].map((row) => dataset.media(row)))
    expect(facts.map(({ format, width, height }) => [format, width, height])).toEqual([
      ['jpeg', 128, 64],
      ['jpeg', 100, 64],
      ['png', 34, 128],
      ['webp', 128, 126],
      ['jpeg', 85, 128],
    ])
    expect(facts[0]!.ids).toEqual(['A_IMG_1', 'A_IMG_6'])
    expect(Buffer.compare(await dataset.picture(1), pictures.A_IMG_2!)).toBe(0)
    const first = await sharp(await dataset.picture(0)).metadata()
    expect([first.chromaSubsampling, first.width, first.icc, first.exif]).toEqual(['4:2:0', 128, undefined, undefined])
    const larger = ['A_IMG_1', 'A_IMG_3', 'A_IMG_4', 'A_IMG_5']
    const after = [0, 2, 3, 4].map((row) => facts[row]!.byteLength)
    const sum = (list: number[]) => list.reduce((a, b) => a + b, 0)
    expect(shrunk).toEqual({
      pictures: 4,
      bytesBefore: sum(larger.map((id) => pictures[id]!.byteLength)),
      bytesAfter: sum(after),
    })
    await dataset.close()
    expect((await importPictures(pictures, { maxSide: 128 })).manifest.tables.media).toEqual(manifest.tables.media)
  })

  test('leaves everything alone where nothing is larger, and without it', async () => {
    const without = await importPictures(pictures)
    expect(without.shrunk).toBeNull()
    const wide = await importPictures(pictures, { maxSide: 400 })
    expect(wide.shrunk).toEqual({ pictures: 0, bytesBefore: 0, bytesAfter: 0 })
    expect(wide.manifest.tables.media).toEqual(without.manifest.tables.media)
  })

  test('a picture whose header is sound and whose pixels are not is a broken picture', async () => {
    const torn = Buffer.from(pictures.A_IMG_3!)
    torn.fill(0, 2000, 2400)
    const fault = await faultOf(importPictures({ ...pictures, A_IMG_3: torn }, { maxSide: 128 }))
    expect([fault.code, fault.message]).toEqual(['MIMICIT_BAD_PICTURE', expect.stringContaining('A_IMG_3')])
    const { manifest } = await importPictures({ ...pictures, A_IMG_3: torn }, { maxSide: 128, broken: 'skip' })
    expect(manifest.tables.media.rows).toBe(4)
  })

  test.each([0, -1, 1.5, Number.NaN, 1e9])('a bound of %s is refused', async (maxSide) => {
    expect((await faultOf(importPictures(pictures, { maxSide }))).code).toBe('MIMICIT_BAD_VALUE')
  })
})

describe('an import with maxPixels', () => {
  test('a picture with more is a broken one, whatever its kind', async () => {
    const pictures = {
      A_IMG_1: await draw(40, 25).jpeg().toBuffer(),
      A_IMG_2: await draw(40, 26).jpeg().toBuffer(),
      A_IMG_3: await draw(26, 40).tiff().toBuffer(),
    }
    const fault = await faultOf(importPictures(pictures, { maxPixels: 1000 }))
    expect([fault.code, fault.message]).toEqual([
      'MIMICIT_BAD_PICTURE',
      expect.stringContaining('40x26 pixels, more than 1000'),
    ])
    const { manifest, issues } = await importPictures(pictures, { maxPixels: 1000, broken: 'skip' })
    expect(manifest.tables.media.rows).toBe(1)
    expect(issues.map(({ code, count }) => [code, count])).toEqual([
      ['MIMICIT_BAD_PICTURE', 2],
      ['MIMICIT_DANGLING_MEDIA', 2],
    ])
  })

  test('more than the default is for pictures that are made smaller', async () => {
    for (const maxSide of [undefined, 10_001]) {
      const fault = await faultOf(importPictures({}, { maxPixels: 2e8, maxSide }))
      expect([fault.code, fault.message]).toEqual(['MIMICIT_BAD_VALUE', expect.stringContaining('made smaller')])
    }
    const large = {
      A_IMG_1: await sharp({ create: { width: 10_100, height: 10_000, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
    }
    expect((await faultOf(importPictures(large, { maxSide: 100 }))).code).toBe('MIMICIT_BAD_PICTURE')
    const { out, shrunk } = await importPictures(large, { maxSide: 100, maxPixels: 2e8 })
    expect(shrunk?.pictures).toBe(1)
    const dataset = await openDataset(out)
    expect(await dataset.media(0)).toMatchObject({ format: 'png', width: 100, height: 99 })
    await dataset.close()
  })
})

describe('shrinkPicture', () => {
  test('turns what the EXIF orientation turns, and converts colours to sRGB', async () => {
    const plain = { width: 60, height: 40, channels: 3, background: { r: 200, g: 50, b: 50 } } as const
    const p3 = await sharp({ create: plain }).withIccProfile('p3').png().toBuffer()
    const [stored] = await sharp(p3, { ignoreIcc: true }).raw().toBuffer()
    expect(stored).toBeLessThan(190)
    const { bytes } = await shrinkPicture(p3, 30, 'test')
    expect((await sharp(bytes).metadata()).icc).toBeUndefined()
    const [converted] = await sharp(bytes).raw().toBuffer()
    expect(Math.abs(converted! - 200)).toBeLessThan(3)
    const half = await sharp({ create: { width: 40, height: 20, channels: 3, background: 'red' } })
      .composite([{ input: { create: { width: 20, height: 20, channels: 3, background: 'blue' } }, left: 20, top: 0 }])
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer()
    const turned = await shrinkPicture(half, 10, 'test')
    expect([turned.width, turned.height]).toEqual([5, 10])
    const pixels = await sharp(turned.bytes).removeAlpha().raw().toBuffer()
    expect([...pixels.subarray(0, 3), ...pixels.subarray(-3)]).toEqual([255, 0, 0, 0, 0, 255])
  })

  test('lossless WebP stays lossless, a GIF becomes a PNG of its first frame', async () => {
    const webp = await shrinkPicture(await draw(60, 40).webp({ lossless: true }).toBuffer(), 30, 'test')
    expect(Buffer.from(webp.bytes.subarray(12, 16)).toString('latin1')).toBe('VP8L')
    const gif = await shrinkPicture(await draw(60, 40).gif().toBuffer(), 30, 'test')
    expect([gif.format, gif.width, gif.height]).toEqual(['png', 30, 20])
  })

  test('bytes that do not decode are told with where they are', async () => {
    const whole = await draw(60, 40).jpeg().toBuffer()
    const fault = await faultOf(shrinkPicture(whole.subarray(0, whole.byteLength >> 1), 30, 'the picture X'))
    expect([fault.code, fault.message]).toEqual(['MIMICIT_BAD_PICTURE', expect.stringContaining('the picture X')])
  })
})
