// Decoding, probing and normalising, on pictures made here.
import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { decodeWithSharp } from '../../src/vision/decode.js'
import { PIXEL_LAYOUTS, type PixelLayout } from '../../src/vision/layout.js'
import { type NormalisationName, normalisations, pixelWriter } from '../../src/vision/normalise.js'
import { probePicture } from '../../src/vision/probe.js'
import { transforms } from '../../src/vision/transforms.js'
import { faultOf } from '../support/fault.js'

/** The checksum of PNG chunks. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}

type Channels = 1 | 2 | 3 | 4
const raw = (pixels: number[], width: number, height: number, channels: Channels) =>
  sharp(Uint8Array.from(pixels), { raw: { width, height, channels } })
const decode = async (bytes: Uint8Array, size: number) => [
  ...(await decodeWithSharp(bytes, size, transforms.squash, 'it')),
]

/** 2 x 2: red, green / blue, grey. */
const FOUR = [255, 0, 0, 0, 255, 0, 0, 0, 255, 128, 128, 128]
/** A picture with detail, so that cut files lose something. */
const detailed = raw(
  Array.from({ length: 96 * 64 * 3 }, (_, i) => (i * 7919) % 256),
  96,
  64,
  3,
)

describe('decodeWithSharp', () => {
  test('gives exact colours in rows of RGB', async () => {
    expect(await decode(await raw(FOUR, 2, 2, 3).png().toBuffer(), 2)).toEqual(FOUR)
  })

  test('makes three channels of grey, with alpha or without, and of 16 bits', async () => {
    const grey = [0, 100, 200, 255]
    const expected = grey.flatMap((g) => [g, g, g])
    expect(await decode(await raw(grey, 2, 2, 1).toColourspace('b-w').png().toBuffer(), 2)).toEqual(expected)
    const withAlpha = grey.flatMap((g) => [g, 255])
    expect(await decode(await raw(withAlpha, 2, 2, 2).toColourspace('b-w').png().toBuffer(), 2)).toEqual(expected)
    const deep = await raw(FOUR, 2, 2, 3).toColourspace('rgb16').png().toBuffer()
    expect((await sharp(deep).metadata()).depth).toBe('ushort')
    expect(await decode(deep, 2)).toEqual(FOUR)
  })

  test('lays transparency on white', async () => {
    const pixels = [255, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255, 255]
    const bytes = await raw(pixels, 2, 2, 4).png().toBuffer()
    expect(await decode(bytes, 2)).toEqual([255, 255, 255, 0, 0, 0, 255, 255, 255, 0, 0, 255])
  })

  test('turns a picture as its EXIF orientation says, and squashes to a square', async () => {
    // Wide, left black and right white; orientation 6 = turn a quarter clockwise: top black, bottom white.
    const wide = Array.from({ length: 8 * 4 }, (_, i) => (i % 8 < 4 ? 0 : 255)).flatMap((g) => [g, g, g])
    const bytes = await raw(wide, 8, 4, 3).withMetadata({ orientation: 6 }).png().toBuffer()
    expect(await probePicture(bytes, 'it')).toEqual({ format: 'png', width: 4, height: 8 })
    const pixels = await decode(bytes, 8)
    const at = (x: number, y: number) => pixels[(y * 8 + x) * 3]
    expect([at(0, 0), at(7, 0), at(0, 7), at(7, 7)]).toEqual([0, 0, 255, 255])
  })

  test('reads CMYK and animations as one RGB picture', async () => {
    const cmyk = await raw(Array(16 * 16 * 3).fill(255), 16, 16, 3)
      .toColourspace('cmyk')
      .jpeg()
      .toBuffer()
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk')
    const pixels = await decode(cmyk, 4)
    expect(pixels).toHaveLength(48)
    expect(Math.min(...pixels)).toBeGreaterThan(240)
    const gif = await raw(FOUR, 2, 2, 3).gif().toBuffer()
    expect(await decode(gif, 1)).toHaveLength(3)
  })

  test('refuses a picture that is cut short or none, naming it', async () => {
    const jpeg = await detailed.clone().jpeg().toBuffer()
    for (const bytes of [jpeg.subarray(0, jpeg.byteLength / 2), Buffer.from('text'), new Uint8Array(0)]) {
      const fault = await faultOf(decodeWithSharp(bytes, 8, transforms.squash, 'picture X'))
      expect(fault.code).toBe('MIMICIT_BAD_PICTURE')
      expect(fault.message).toContain('picture X')
    }
  })
})

describe('probePicture', () => {
  const encoders = {
    jpeg: detailed.clone().jpeg(),
    'jpeg (progressive)': detailed.clone().jpeg({ progressive: true }),
    png: detailed.clone().png(),
    webp: detailed.clone().webp(),
    gif: detailed.clone().gif(),
    tiff: detailed.clone().tiff(),
  }

  test.each(Object.entries(encoders))('%s: knows format and size', async (name, encoder) => {
    const facts = await probePicture(await encoder.toBuffer(), 'it')
    expect(facts).toEqual({ format: name.split(' ')[0], width: 96, height: 64 })
  })

  // libtiff gives what it has of a cut file, here and in training alike.
  const { tiff: _, ...cuttable } = encoders
  test.each(Object.entries(cuttable))('%s: a file cut anywhere is refused', async (_, encoder) => {
    const bytes = await encoder.toBuffer()
    for (let part = 1; part < 40; part++) {
      const cut = Math.floor((bytes.byteLength * part) / 40)
      const fault = await faultOf(probePicture(bytes.subarray(0, cut), `cut at ${cut}`))
      expect(fault.code).toBe('MIMICIT_BAD_PICTURE')
      expect(fault.message).toContain(`cut at ${cut}`)
    }
  })

  test('a whole picture with something behind it is whole', async () => {
    const bytes = Buffer.concat([await encoders.jpeg.toBuffer(), Buffer.alloc(500)])
    expect((await probePicture(bytes, 'it')).width).toBe(96)
  })

  test.each([
    ['nothing', new Uint8Array(0), 'received 0 bytes'],
    ['text', Buffer.from('not a picture'), 'received 13 bytes that begin with 6e6f742061207069'],
  ])('%s is refused', async (_, bytes, part) => {
    const fault = await faultOf(probePicture(bytes, 'X.json, picture "A"'))
    expect(fault.code).toBe('MIMICIT_BAD_PICTURE')
    expect(fault.message).toContain(part)
    expect(fault.message).toContain('X.json, picture "A"')
  })

  test('a header that claims a hundred gigapixels is refused', async () => {
    const bytes = await raw(FOUR, 2, 2, 3).png().toBuffer()
    // Width and height of the IHDR chunk, and its checksum.
    bytes.writeUInt32BE(300_000, 16)
    bytes.writeUInt32BE(300_000, 20)
    bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29)
    const fault = await faultOf(probePicture(bytes, 'bomb'))
    expect([fault.code, fault.parts.where]).toEqual(['MIMICIT_BAD_PICTURE', 'bomb'])
    expect(fault.message).toMatch(/pixel/)
  })
})

describe('pixelWriter', () => {
  const rgb = Uint8Array.of(0, 128, 255, 255, 1, 7)
  const planes = [0, 3, 1, 4, 2, 5]

  test.each(Object.entries(normalisations))(
    '%s: by the formula, as planes or pixels, at the offset',
    (name, { mean, std }) => {
      const normalised = [...rgb].map((level, i) => (level / 255 - mean[i % 3]!) / std[i % 3]!)
      for (const [layout, decoded] of [
        ...PIXEL_LAYOUTS.map((one) => [one, 'NHWC'] as const),
        ['NCHW', 'NCHW'] as const,
      ]) {
        const target = new Float32Array(8).fill(9)
        const given = decoded === 'NHWC' ? rgb : Uint8Array.from(planes, (i) => rgb[i]!)
        pixelWriter({ type: 'float32', layout, decoded, normalisation: name as NormalisationName })(given, target, 1)
        const expected = [9, ...(layout === 'NCHW' ? planes.map((i) => normalised[i]!) : normalised), 9]
        expected.forEach((value, i) => {
          expect(Math.abs(target[i]! - value)).toBeLessThan(1e-6)
        })
      }
    },
  )

  test('uint8 as planes or pixels', () => {
    const written = (layout: PixelLayout) => {
      const target = new Uint8Array(7)
      pixelWriter({ type: 'uint8', layout, normalisation: 'clip' })(rgb, target, 1)
      return [...target]
    }
    expect(written('NCHW')).toEqual([0, 0, 255, 128, 1, 255, 7])
    expect(written('NHWC')).toEqual([0, ...rgb])
  })

  test('planes give what pixels give, of any size', () => {
    const side = fc.integer({ min: 1, max: 300 })
    fc.assert(
      fc.property(side, fc.nat(255), fc.constantFrom('float32', 'uint8'), (size, first, type) => {
        const pixels = Uint8Array.from({ length: size * size * 3 }, (_, i) => (first + i * 7919) % 256)
        const inPlanes = new Uint8Array(pixels.length)
        pixelWriter({ type: 'uint8', layout: 'NCHW', normalisation: 'clip' })(pixels, inPlanes, 0)
        const written = (given: Uint8Array, decoded: PixelLayout) => {
          const target = type === 'uint8' ? new Uint8Array(given.length + 2) : new Float32Array(given.length + 2)
          pixelWriter({ type, layout: 'NCHW', normalisation: 'otter', decoded })(given, target, 1)
          return Buffer.from(target.buffer)
        }
        expect(Buffer.compare(written(inPlanes, 'NCHW'), written(pixels, 'NHWC'))).toBe(0)
      }),
      { numRuns: 25 },
    )
  })

  test('planes are never made pixels again', async () => {
    const write = async () => pixelWriter({ type: 'uint8', layout: 'NHWC', normalisation: 'clip', decoded: 'NCHW' })
    expect((await faultOf(write)).code).toBe('MIMICIT_BAD_VALUE')
  })

  test('an unknown normalisation is refused by name', async () => {
    const normalisation = 'imagenet' as NormalisationName
    const fault = await faultOf(async () => pixelWriter({ type: 'float32', layout: 'NCHW', normalisation }))
    expect(fault.code).toBe('MIMICIT_UNKNOWN_NAME')
  })
})
