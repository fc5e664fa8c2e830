// The kernel for plain JPEGs against libjpeg-turbo (through sharp): the same pixels to the last bit, whatever the picture;
// and whatever is done to its bytes, either the same pixels still or none.
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import sharp, { type JpegOptions } from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import { decodeWithSharp } from '../../src/vision/decode.js'
import { createPictureDecoder } from '../../src/vision/decoder.js'
import { readPlainJpeg } from '../../src/vision/jpeg/header.js'
import { createJpegKernel } from '../../src/vision/jpeg/kernel.js'
import { type Transform, type TransformName, transforms } from '../../src/vision/transforms.js'
import { faultOf } from '../support/fault.js'
import { decodePlain } from './decode-plain.js'

/** Every pixel of a picture as it is, in the top left corner of a square. */
const unscaled: Transform = (width, height) => {
  const whole = { left: 0, top: 0, width, height }
  return { source: whole, scaled: whole, kept: whole, at: { left: 0, top: 0 } }
}

/** uint8 [height, width, 3], or undefined if it is not plain or not sound. */
function pixelsByKernel(bytes: Uint8Array): Uint8Array | undefined {
  const header = readPlainJpeg(bytes)
  if (header === undefined) return undefined
  const { width, height } = header
  const side = Math.max(width, height)
  if (side > 1000) return undefined
  const square = decodePlain(bytes, header, unscaled(width, height, side), side)
  if (square === undefined) return undefined
  const pixels = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    pixels.set(square.subarray(y * side * 3, (y * side + width) * 3), y * width * 3)
  }
  return pixels
}

/** uint8 [height, width, 3], or undefined if it does not decode as a whole. */
async function pixelsBySharp(bytes: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    const { data, info } = await sharp(bytes, { ignoreIcc: true, failOn: 'truncated' })
      .raw()
      .toBuffer({ resolveWithObject: true })
    return info.channels === 3 ? data : Uint8Array.from({ length: data.length * 3 }, (_, i) => data[Math.floor(i / 3)]!)
  } catch {
    return undefined
  }
}

/** Waves, edges and noise, of any size. */
function drawn(width: number, height: number, noise: number, seed: number): Buffer {
  let state = seed
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 8) / 0x1000000
  }
  return Buffer.from(
    Array.from({ length: width * height * 3 }, (_, i) => {
      const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3]
      const wave = c === 2 ? 255 * ((x >> 2) & 1) : 128 + 120 * Math.sin(x / (3 + c) + (y * (c + 1)) / 9)
      return Math.min(255, Math.max(0, wave + noise * (next() - 0.5)))
    }),
  )
}

const encoded = (width: number, height: number, noise: number, seed: number, options: JpegOptions, grey = false) => {
  const picture = sharp(drawn(width, height, noise, seed), { raw: { width, height, channels: 3 } })
  return (grey ? picture.toColourspace('b-w') : picture).jpeg(options).toBuffer()
}

const sameBytes = (a: Uint8Array | undefined, b: Uint8Array | undefined) =>
  a !== undefined && b !== undefined && Buffer.compare(a, b) === 0

describe('the same pixels as libjpeg-turbo, to the last bit', () => {
  test('any size, quality and noise, chroma whole or halved, grey', async () => {
    const side = fc.integer({ min: 1, max: 70 })
    const looks = fc.record({
      quality: fc.integer({ min: 1, max: 100 }),
      chromaSubsampling: fc.constantFrom('4:4:4', '4:2:0'),
      optimiseCoding: fc.boolean(),
    })
    const noise = fc.constantFrom(0, 20, 500)
    await fc.assert(
      fc.asyncProperty(
        side,
        side,
        noise,
        fc.nat(),
        looks,
        fc.boolean(),
        async (width, height, level, seed, options, grey) => {
          const bytes = await encoded(width, height, level, seed, options, grey)
          // Rows of two chroma samples are not for the kernel.
          if (width < 5 && !grey && options.chromaSubsampling === '4:2:0') expect(readPlainJpeg(bytes)).toBeUndefined()
          else expect(sameBytes(pixelsByKernel(bytes), await pixelsBySharp(bytes))).toBe(true)
        },
      ),
      { numRuns: 300 },
    )
  })

  const goldens = new URL('../goldens/jpeg/', import.meta.url)
  test.each(readdirSync(goldens).filter((name) => name.endsWith('.jpg')))('%s', async (name) => {
    const bytes = readFileSync(new URL(name, goldens))
    expect(sameBytes(pixelsByKernel(bytes), await pixelsBySharp(bytes))).toBe(true)
  })

  test('a photograph', async () => {
    const pictures = JSON.parse(
      readFileSync(new URL('../../fixtures/mimicit/LA.json', import.meta.url), 'utf8'),
    ) as Record<string, string>
    for (const picture of Object.values(pictures)) {
      const bytes = Buffer.from(picture, 'base64')
      expect(sameBytes(pixelsByKernel(bytes), await pixelsBySharp(bytes))).toBe(true)
    }
  })
})

describe('scaled, it looks as sharp makes it', () => {
  test.each(Object.keys(transforms) as TransformName[])('%s', async (name) => {
    for (const [width, height, size] of [
      [160, 120, 56],
      [90, 170, 64],
      [64, 64, 64],
    ] as const) {
      const bytes = await encoded(width, height, 20, 7, { quality: 92 })
      const decoder = createPictureDecoder({ size, transform: name })
      const ours = await decoder.decode(bytes, name)
      const theirs = await decodeWithSharp(bytes, size, transforms[name], name)
      const header = readPlainJpeg(bytes)!
      expect(sameBytes(ours, decodePlain(bytes, header, transforms[name](width, height, size), size))).toBe(true)
      // As planes, the same whoever decodes: this one and one that sharp has to.
      const planar = createPictureDecoder({ size, transform: name, layout: 'NCHW' })
      const inPlanes = (rgb: Uint8Array) => rgb.map((_, i) => rgb[(i % size ** 2) * 3 + Math.floor(i / size ** 2)]!)
      expect(sameBytes(await planar.decode(bytes, name), inPlanes(ours))).toBe(true)
      const png = await sharp(bytes).png().toBuffer()
      expect(sameBytes(await planar.decode(png, name), inPlanes(await decoder.decode(png, name)))).toBe(true)
      await planar.close()
      const off = ours.map((level, i) => Math.abs(level - theirs[i]!))
      expect(off.reduce((sum, level) => sum + level, 0) / off.length, `${width}x${height}`).toBeLessThan(1)
      await decoder.close()
    }
  })
})

describe('whatever is done to the bytes', () => {
  let pictures: readonly Uint8Array[]
  beforeAll(async () => {
    const goldens = new URL('../goldens/jpeg/', import.meta.url)
    pictures = [
      await encoded(40, 24, 60, 1, {}),
      await encoded(33, 35, 20, 2, { chromaSubsampling: '4:4:4', quality: 95 }),
      await encoded(40, 24, 20, 3, {}, true),
      ...['420-restarts.jpg', 'grey-restarts.jpg'].map((name) => readFileSync(new URL(name, goldens))),
    ]
  })

  test('there are the pixels of libjpeg-turbo, or none', async () => {
    let told = 0
    const change = fc.constantFrom('changed', 'cut out', 'put in')
    await fc.assert(
      fc.asyncProperty(fc.nat(4), fc.nat(), fc.nat(255), change, async (which, place, value, kind) => {
        const whole = pictures[which]!
        const at = place % whole.length
        const [before, behind] = [whole.subarray(0, at), whole.subarray(kind === 'put in' ? at : at + 1)]
        const bytes = Buffer.concat(kind === 'cut out' ? [before, behind] : [before, Uint8Array.of(value), behind])
        const ours = pixelsByKernel(bytes)
        if (ours === undefined) return
        told++
        expect(sameBytes(ours, await pixelsBySharp(bytes))).toBe(true)
      }),
      { numRuns: 1500 },
    )
    // Most changes inside of the picture give another sound picture.
    expect(told).toBeGreaterThan(200)
  })

  test('cut off anywhere, none', () => {
    for (const whole of pictures) {
      expect(pixelsByKernel(whole)).toBeDefined()
      for (let length = 0; length < whole.length; length += 1 + (length >> 6)) {
        expect(pixelsByKernel(whole.subarray(0, length))).toBeUndefined()
      }
    }
  })

  test('a picture decodes as if it were the only one', () => {
    const alone = pictures.map((bytes) => {
      const header = readPlainJpeg(bytes)!
      return decodePlain(bytes, header, transforms.pad(header.width, header.height, 20), 20, 8, createJpegKernel())!
    })
    const order = fc.array(fc.record({ which: fc.nat(4), cut: fc.boolean() }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(order, (uses) => {
        for (const { which, cut } of uses) {
          const bytes = pictures[which]!
          const header = readPlainJpeg(bytes)!
          const plan = transforms.pad(header.width, header.height, 20)
          // What a broken picture leaves behind is nobody's business.
          if (cut) decodePlain(bytes.subarray(0, (bytes.length + header.scanStart) >> 1), header, plan, 20)
          expect(sameBytes(decodePlain(bytes, header, plan, 20), alone[which])).toBe(true)
        }
      }),
    )
  })
})

describe("what is not plain is sharp's", () => {
  const raw = () => sharp(drawn(40, 24, 20, 1), { raw: { width: 40, height: 24, channels: 3 } })
  const others: Readonly<Record<string, () => Promise<Buffer>>> = {
    'a progressive JPEG': () => raw().jpeg({ progressive: true }).toBuffer(),
    'a JPEG that lies on its side': () => raw().withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    'a CMYK JPEG': () => raw().toColourspace('cmyk').jpeg().toBuffer(),
    'a PNG': () => raw().png().toBuffer(),
    'a WebP': () => raw().webp().toBuffer(),
  }

  test.each(Object.entries(others))('%s', async (_, make) => {
    const bytes = await make()
    expect(readPlainJpeg(bytes)).toBeUndefined()
    const decoder = createPictureDecoder({ size: 16, transform: 'squash' })
    const theirs = await decodeWithSharp(bytes, 16, transforms.squash, 'it')
    expect(sameBytes(await decoder.decode(bytes, 'it'), theirs)).toBe(true)
  })

  test('an upright JPEG with EXIF and a colour profile is plain', async () => {
    const bytes = await raw().withMetadata({ orientation: 1 }).withIccProfile('p3').jpeg().toBuffer()
    expect(bytes.includes('Exif')).toBe(true)
    expect(sameBytes(pixelsByKernel(bytes), await pixelsBySharp(bytes))).toBe(true)
  })

  test('a picture that is cut short is refused, naming it', async () => {
    const decoder = createPictureDecoder({ size: 16, transform: 'squash' })
    const whole = await raw().jpeg().toBuffer()
    for (const length of [0, 1, 2, 100, whole.length >> 1, whole.length - 2]) {
      const fault = await faultOf(decoder.decode(whole.subarray(0, length), 'picture X'))
      expect([fault.code, fault.parts.where]).toEqual(['MIMICIT_BAD_PICTURE', 'picture X'])
    }
  })
})
