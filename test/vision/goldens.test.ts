// Pixels against Pillow's antialiased bicubic (test/goldens/pixels), on the photographs of the fixtures, original bytes.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { createPictureDecoder } from '../../src/vision/decoder.js'
import type { TransformName } from '../../src/vision/transforms.js'

const GOLDENS = new URL('../goldens/pixels/', import.meta.url)
const pictures = JSON.parse(readFileSync(new URL('../../fixtures/mimicit/LA.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>

const pixelsOfPng = async (name: string) => {
  // One of them carries the colour profile of its photograph, which Pillow copied but did not apply.
  const { data, info } = await sharp(fileURLToPath(new URL(name, GOLDENS)), { ignoreIcc: true })
    .raw()
    .toBuffer({ resolveWithObject: true })
  expect([info.width, info.height, info.channels]).toEqual([224, 224, 3])
  return data
}

/** Mean and 99th percentile of the absolute differences, in levels of 255. */
function difference(a: Uint8Array, b: Uint8Array): { mean: number; p99: number } {
  expect(a).toHaveLength(b.length)
  const off = Uint8Array.from(a, (level, i) => Math.abs(level - b[i]!)).sort()
  return { mean: off.reduce((sum, level) => sum + level, 0) / off.length, p99: off[Math.floor(off.length * 0.99)]! }
}

const KINDS: Readonly<Record<string, TransformName>> = { squash224: 'squash', crop224: 'resize-shortest' }

describe('pixels are those of Pillow', () => {
  test.each(
    readdirSync(GOLDENS)
      .filter((name) => name.endsWith('.png'))
      .sort(),
  )('%s', async (name) => {
    const [id, kind] = name.split('.') as [string, string]
    const bytes = Buffer.from(pictures[`LA_IMG_${id}`]!, 'base64')
    const decoder = createPictureDecoder({ size: 224, transform: KINDS[kind]! })
    const { mean, p99 } = difference(await decoder.decode(bytes, name), await pixelsOfPng(name))
    await decoder.close()
    // The same decoder and the same kernel to the last bit or nearly: a level here and there, where Pillow rounds on 22 bits.
    expect(mean).toBeLessThan(0.01)
    expect(p99).toBe(0)
  })
})

describe('pixels of other formats are close to those of Pillow', () => {
  test.each(readdirSync(GOLDENS).filter((name) => name.endsWith('.png')))('%s', async (name) => {
    const [id, kind] = name.split('.') as [string, string]
    const photograph = Buffer.from(pictures[`LA_IMG_${id}`]!, 'base64')
    const bytes = await sharp(photograph, { ignoreIcc: true }).png({ compressionLevel: 1 }).toBuffer()
    const decoder = createPictureDecoder({ size: 224, transform: KINDS[kind]! })
    const { mean, p99 } = difference(await decoder.decode(bytes, name), await pixelsOfPng(name))
    expect(mean).toBeLessThan(0.3)
    expect(p99).toBeLessThanOrEqual(2)
  })
})
