// Decoding at a part of the size: samples are the means of those that decoding whole gives, and what becomes of them is at most
// a level of 255 away from Pillow on average (test/goldens/pixels-small).
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { createPictureDecoder, decoderFingerprint } from '../../src/vision/decoder.js'
import { type PlainJpeg, readPlainJpeg } from '../../src/vision/jpeg/header.js'
import { type BlockSide, blockSide, decodedSizes } from '../../src/vision/jpeg/scaling.js'
import { type TransformName, type TransformPlan, transforms } from '../../src/vision/transforms.js'
import { decodePlain } from './decode-plain.js'

const fixtures = JSON.parse(readFileSync(new URL('../../fixtures/mimicit/LA.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>
const photograph = (id: string) => Buffer.from(fixtures[`LA_IMG_${id}`]!, 'base64')
const meanOff = (a: Uint8Array, b: Uint8Array) =>
  a.reduce((sum, level, i) => sum + Math.abs(level - b[i]!), 0) / a.length

/** Everything that is decoded, one pixel for each, in the top left corner of a square. */
function asDecoded(bytes: Uint8Array, header: PlainJpeg, side: BlockSide) {
  const { width, height } = decodedSizes(header, side)
  const square = Math.max(width, height)
  const whole = { left: 0, top: 0, width, height }
  const source = { left: 0, top: 0, width: (width * 8) / side, height: (height * 8) / side }
  const plan: TransformPlan = { source, scaled: whole, kept: whole, at: { left: 0, top: 0 } }
  const pixels = decodePlain(bytes, header, plan, square, side)!
  return { width, height, at: (x: number, y: number, c: number) => pixels[(y * square + x) * 3 + c]! }
}

describe('samples are means', () => {
  const looks = fc.record({
    across: fc.integer({ min: 1, max: 9 }),
    down: fc.integer({ min: 1, max: 9 }),
    quality: fc.integer({ min: 40, max: 100 }),
    seed: fc.nat(),
    side: fc.constantFrom<BlockSide[]>(4, 2, 1),
    kind: fc.constantFrom('grey', '4:4:4', '4:2:0'),
  })

  test('of squares of what decoding whole gives, any size and quality', async () => {
    await fc.assert(
      fc.asyncProperty(looks, async ({ across, down, quality, seed, side, kind }) => {
        const [width, height] = [across * 8, down * 8]
        let state = seed
        const noise = () => {
          state = (Math.imul(state, 1664525) + 1013904223) | 0
          return ((state >>> 8) / 0x1000000 - 0.5) * 60
        }
        // Nothing near black or white, where means and limits do not commute; colours change slowly.
        const raw = Array.from({ length: width * height }, (_, i) => {
          const [x, y] = [i % width, Math.floor(i / width)]
          const grey = 128 + 40 * Math.sin(x / 2 + y / 5) + noise()
          return [grey + 20 * Math.sin(x / 30), grey, grey - 20 * Math.sin(y / 30)]
        })
        const picture = sharp(Uint8Array.from(raw.flat()), { raw: { width, height, channels: 3 } })
        const coloured = kind === 'grey' ? picture.toColourspace('b-w') : picture
        const chroma = kind === 'grey' ? {} : { chromaSubsampling: kind }
        const bytes = await coloured.jpeg({ quality, ...chroma }).toBuffer()
        const header = readPlainJpeg(bytes)!
        const whole = asDecoded(bytes, header, 8)
        const small = asDecoded(bytes, header, side)
        const square = 8 / side
        let [sum, most] = [0, 0]
        for (let y = 0; y < small.height; y++) {
          for (let x = 0; x < small.width; x++) {
            for (let c = 0; c < 3; c++) {
              let mean = 0
              for (let i = 0; i < square * square; i++) {
                mean += whole.at(x * square + (i % square), y * square + Math.floor(i / square), c)
              }
              const off = Math.abs(mean / square ** 2 - small.at(x, y, c))
              sum += off
              most = Math.max(most, off)
            }
          }
        }
        // Chroma that was halved is spread by a filter when decoded whole, and not at all here.
        expect(most).toBeLessThan(kind === 'grey' ? 1.6 : kind === '4:4:4' ? 3 : 14)
        // Where the step of chroma makes its mean a half (quality 76), all samples of one colour are rounded the same way: in
        // 20,000 pictures the mean came to 0.73 at most, and to 0.92 with fewer than 16 samples.
        const samples = small.width * small.height
        const mean = samples < 16 ? 1.1 : kind === '4:4:4' && samples < 512 ? 0.8 : 0.6
        expect(sum / (samples * 3)).toBeLessThan(kind === '4:2:0' ? 1.5 : mean)
      }),
      { numRuns: 150, examples: [[{ across: 2, down: 2, quality: 76, seed: 0, side: 4, kind: '4:4:4' }]] },
    )
  })

  const goldens = new URL('../goldens/jpeg/', import.meta.url)
  test.each(readdirSync(goldens).filter((name) => name.endsWith('.jpg')))(
    '%s, whichever way its chroma is halved',
    (name) => {
      const bytes = readFileSync(new URL(name, goldens))
      const header = readPlainJpeg(bytes)!
      const plan = transforms.squash(header.width, header.height, 4)
      const whole = decodePlain(bytes, header, plan, 4)!
      for (const side of [4, 2] as const) {
        expect(meanOff(decodePlain(bytes, header, plan, 4, side)!, whole), `${side}`).toBeLessThan(8)
      }
    },
  )
})

describe('near Pillow', () => {
  const goldens = new URL('../goldens/pixels-small/', import.meta.url)
  const names = readdirSync(goldens).filter((name) => name.endsWith('.png'))
  test.each(names)('%s', async (name) => {
    const [id, kind] = name.split('.') as [string, string]
    const size = Number(kind.slice('squash'.length))
    const golden = await sharp(readFileSync(new URL(name, goldens)), { ignoreIcc: true })
      .raw()
      .toBuffer()
    const bytes = photograph(id)
    const made = async (decoderScaling: boolean) => {
      const decoder = createPictureDecoder({ size, transform: 'squash', decoderScaling })
      const pixels = await decoder.decode(bytes, name)
      await decoder.close()
      return meanOff(pixels, golden)
    }
    expect(await made(false)).toBeLessThan(0.01)
    const off = await made(true)
    const header = readPlainJpeg(bytes)!
    if (blockSide(header, transforms.squash(header.width, header.height, size)) === 8) expect(off).toBeLessThan(0.01)
    else {
      expect(off).toBeGreaterThan(0.05)
      expect(off).toBeLessThan(1)
    }
  })

  test.each(Object.keys(transforms) as TransformName[])('%s, and on padding', async (transform) => {
    for (const id of Object.keys(fixtures).slice(0, 6)) {
      const bytes = Buffer.from(fixtures[id]!, 'base64')
      const size = 60
      const decoders = [false, true].map((decoderScaling) => createPictureDecoder({ size, transform, decoderScaling }))
      const [whole, scaled] = await Promise.all(decoders.map((decoder) => decoder.decode(bytes, id)))
      expect(meanOff(whole!, scaled!)).toBeLessThan(1)
      expect(meanOff(whole!, scaled!)).toBeGreaterThan(0)
    }
  })
})

test('only where twice the pixels of the result are left, and never by more than eight', () => {
  const header = (width: number, height: number) => ({ width, height }) as PlainJpeg
  const side = (width: number, height: number, size: number) =>
    blockSide(header(width, height), transforms.squash(width, height, size))
  expect([side(640, 480, 224), side(896, 896, 224), side(895, 896, 224)]).toEqual([8, 4, 8])
  expect([side(4000, 3600, 224), side(1792, 1792, 224), side(4000, 900, 224)]).toEqual([1, 2, 4])
  expect([side(60, 4000, 2), side(200, 200, 1)]).toEqual([4, 1])
})

test('is part of what names the pixels', () => {
  const options = { size: 64, transform: 'squash' } as const
  const plain = decoderFingerprint(options)
  expect(decoderFingerprint({ ...options, decoderScaling: false })).toBe(plain)
  expect(decoderFingerprint({ ...options, decoderScaling: true })).not.toBe(plain)
})
