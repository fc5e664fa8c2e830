// Pictures to pixels: decoded by libvips through sharp, colour profiles ignored (as Pillow does, and twice as fast),
// EXIF orientation applied, transparency laid on white, squashed to the size of the model with a cubic kernel.
import { MimicitError } from '../base/errors.js'
import { MAX_PIXELS } from './probe.js'
import { sharp } from './sharp.js'

/**
 * Decodes a picture to exactly `size` x `size` RGB pixels, aspect ignored (Otter's training transform).
 * @returns uint8 [size, size, 3], row-major
 * @throws MimicitError MIMICIT_BAD_PICTURE if it cannot be decoded as a whole
 */
export async function decodeSquashed(bytes: Uint8Array, size: number, where: string): Promise<Uint8Array> {
  try {
    const { data, info } = await sharp(bytes, { ignoreIcc: true, limitInputPixels: MAX_PIXELS, failOn: 'truncated' })
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .resize(size, size, { fit: 'fill', kernel: 'cubic', fastShrinkOnLoad: false })
      .raw()
      .toBuffer({ resolveWithObject: true })
    if (info.channels === 3) return data
    if (info.channels === 1) return greyToRgb(data)
    throw new Error(`${info.channels} channels`)
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

function greyToRgb(grey: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(grey.length * 3)
  for (let i = 0; i < grey.length; i++) rgb.fill(grey[i]!, i * 3, i * 3 + 3)
  return rgb
}
