// The quick reader of headers never says anything that the decoder does not: whole pictures, and pictures with bytes
// changed, cut out or cut off, which it either leaves to the decoder or tells as the decoder does.
import fc from 'fast-check'
import sharp from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import { plainHeader } from '../../src/vision/picture-header.js'
import { decoderFacts } from '../../src/vision/probe.js'

const noise = Buffer.from(Array.from({ length: 40 * 24 * 3 }, (_, i) => (i * i * 2654435761) >>> 24))
const raw = () => sharp(noise, { raw: { width: 40, height: 24, channels: 3 } })

const plain: Readonly<Record<string, () => Promise<Buffer>>> = {
  'a baseline JPEG': () => raw().jpeg().toBuffer(),
  'a progressive JPEG': () => raw().jpeg({ progressive: true }).toBuffer(),
  'a JPEG without subsampling': () => raw().jpeg({ chromaSubsampling: '4:4:4' }).toBuffer(),
  'a grey JPEG': () => raw().toColourspace('b-w').jpeg().toBuffer(),
  'a PNG': () => raw().png().toBuffer(),
  'an interlaced PNG': () => raw().png({ progressive: true }).toBuffer(),
  'a PNG with transparency': () => raw().ensureAlpha(0.5).png().toBuffer(),
  'a PNG of 16 bits': () => raw().toColourspace('rgb16').png().toBuffer(),
}

const odd: Readonly<Record<string, () => Promise<Buffer>>> = {
  'a JPEG that lies on its side': () => raw().withMetadata({ orientation: 6 }).jpeg().toBuffer(),
  'a CMYK JPEG': () => raw().toColourspace('cmyk').jpeg().toBuffer(),
  'a PNG that lies on its side': () => raw().withMetadata({ orientation: 6 }).png().toBuffer(),
  'a PNG with a palette': () => raw().png({ palette: true }).toBuffer(),
  'a WebP': () => raw().webp().toBuffer(),
}

test.each(Object.entries(plain))('%s is told without the decoder', async (_, make) => {
  const bytes = await make()
  expect(plainHeader(bytes)).toEqual(await decoderFacts(bytes, 'X'))
})

test.each(Object.entries(odd))('%s is left to the decoder', async (_, make) => {
  expect(plainHeader(await make())).toBeUndefined()
})

describe('whatever is done to the bytes, what is told is what the decoder tells', () => {
  let pictures: readonly Buffer[]
  beforeAll(async () => {
    pictures = await Promise.all([...Object.values(plain), ...Object.values(odd)].map((make) => make()))
  })

  test.each(['changed', 'cut out', 'cut off'] as const)('%s', async (kind) => {
    let told = 0
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        // The header is a small part of the file, and the end mark another one.
        fc.oneof(fc.nat(700), fc.integer({ min: -80, max: -1 }), fc.nat()),
        fc.integer({ min: 1, max: 255 }),
        async (which, place, by) => {
          const bytes = Buffer.from(pictures[which % pictures.length]!)
          const at = (place < 0 ? bytes.byteLength + place : place) % bytes.byteLength
          if (kind === 'changed') bytes[at] = bytes[at]! ^ by
          const made =
            kind === 'cut off'
              ? bytes.subarray(0, at)
              : kind === 'cut out'
                ? Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + by)])
                : bytes
          const quick = plainHeader(made)
          if (quick === undefined) return
          told++
          expect(await decoderFacts(made, 'X')).toEqual(quick)
        },
      ),
      { numRuns: 600 },
    )
    expect(told).toBeGreaterThan(0)
  })
})
