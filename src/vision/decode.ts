// Any picture to pixels: decoded by libvips through sharp, colour profiles ignored (as Pillow does, and twice as fast),
// EXIF orientation applied, transparency laid on white, scaled with a cubic kernel.
import type { Sharp } from 'sharp'
import { MimicitError } from '../base/errors.js'
import { MAX_PIXELS } from './probe.js'
import { sharp } from './sharp.js'
import { type Box, paint, type Transform, type TransformPlan, transforms } from './transforms.js'

/**
 * Decodes a picture of any format to exactly `size` x `size` RGB pixels.
 * @param where id or file, for the message
 * @returns uint8 [size, size, 3], row-major
 * @throws MimicitError MIMICIT_BAD_PICTURE if it cannot be decoded as a whole
 */
export async function decodeWithSharp(
  bytes: Uint8Array,
  size: number,
  transform: Transform,
  where: string,
): Promise<Uint8Array> {
  try {
    const picture = sharp(bytes, { ignoreIcc: true, limitInputPixels: MAX_PIXELS, failOn: 'truncated' })
    const upright = picture.autoOrient().flatten({ background: '#ffffff' }).toColourspace('srgb')
    // A squash is the same for every size of picture, so that the header need not be read on its own.
    if (transform === transforms.squash) return await pixelsOf(scaledTo(upright, { width: size, height: size }))
    const { width, height } = (await picture.metadata()).autoOrient
    const { source, scaled, kept, at } = transform(width, height, size)
    const pixels = await pixelsOf(scaledTo(upright.extract(source), scaled).extract(kept))
    return kept.width === size && kept.height === size ? pixels : onPadding(pixels, kept, at, size)
  } catch (error) {
    throw new MimicitError('MIMICIT_BAD_PICTURE', {
      expected: 'a picture that decodes',
      where,
      received: (error as Error).message,
      hint: 'Replace it, or import again with --broken skip.',
      cause: error,
    })
  }
}

const scaledTo = (picture: Sharp, { width, height }: TransformPlan['scaled']): Sharp =>
  picture.resize(width, height, { fit: 'fill', kernel: 'cubic', fastShrinkOnLoad: false })

/** uint8 [H,W,3] */
async function pixelsOf(picture: Sharp): Promise<Uint8Array> {
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true })
  if (info.channels === 3) return data
  if (info.channels === 1) return greyToRgb(data)
  throw new Error(`${info.channels} channels`)
}

function greyToRgb(grey: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(grey.length * 3)
  for (let i = 0; i < grey.length; i++) rgb.fill(grey[i]!, i * 3, i * 3 + 3)
  return rgb
}

/** Lays pixels of `kept`'s size on a square of the colour of padding. */
function onPadding(pixels: Uint8Array, kept: Box, at: TransformPlan['at'], size: number): Uint8Array {
  const padded = new Uint8Array(size * size * 3)
  paint(padded, 'NHWC')
  const row = kept.width * 3
  for (let y = 0; y < kept.height; y++) {
    padded.set(pixels.subarray(y * row, (y + 1) * row), ((at.top + y) * size + at.left) * 3)
  }
  return padded
}
