// Pictures made smaller once, when they are stored: the longer side is brought down to a bound. The same bytes come out
// on every run with the same encoders, which `encoderVersions` names.
import { MimicitError } from '../base/errors.js'
import type { PictureFacts } from './picture-header.js'
import { MAX_PIXELS } from './probe.js'
import { sharp } from './sharp.js'

/** A picture that was encoded again. */
export interface ShrunkPicture extends PictureFacts {
  readonly bytes: Uint8Array
}

/** Of JPEG and lossy WebP. */
const QUALITY = 90

/**
 * Encodes a picture again so that its longer side has `maxSide` pixels: upright, in sRGB, without metadata. JPEG, PNG and
 * WebP stay what they are, anything else becomes PNG; of an animation the first frame is taken.
 * @param where id or file, for the message
 * @param maxPixels that it may have before
 * @throws MimicitError MIMICIT_BAD_PICTURE if it cannot be decoded as a whole
 */
export async function shrinkPicture(
  bytes: Uint8Array,
  maxSide: number,
  where: string,
  maxPixels = MAX_PIXELS,
): Promise<ShrunkPicture> {
  try {
    const picture = sharp(bytes, { limitInputPixels: maxPixels, failOn: 'truncated' })
    const { format } = await picture.metadata()
    const small = picture
      .autoOrient()
      .resize(maxSide, maxSide, { fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb')
    const { data, info } = await encode(small, format, bytes).toBuffer({ resolveWithObject: true })
    return { bytes: data, format: info.format, width: info.width, height: info.height }
  } catch (error) {
    throw new MimicitError('MIMICIT_BAD_PICTURE', {
      expected: 'a picture that decodes',
      where,
      received: (error as Error).message,
      hint: 'Replace the file, or leave it out with --broken skip.',
      cause: error,
    })
  }
}

function encode(picture: ReturnType<typeof sharp>, format: string, bytes: Uint8Array) {
  if (format === 'jpeg') return picture.jpeg({ quality: QUALITY, chromaSubsampling: '4:2:0' })
  if (format !== 'webp') return picture.png()
  const lossless = Buffer.from(bytes.subarray(12, 16)).toString('latin1') === 'VP8L'
  return picture.webp({ quality: QUALITY, lossless })
}

/** Everything whose version may change the bytes of an encoded picture. */
export function encoderVersions(): Readonly<Record<string, string>> {
  const { sharp: itself, vips, mozjpeg = '', png = '', spng = '', webp = '', lcms = '' } = versions()
  return { sharp: itself ?? '', vips: vips ?? '', mozjpeg, png, spng, webp, lcms }
}

const versions = (): Readonly<Record<string, string | undefined>> => ({ ...sharp.versions })
