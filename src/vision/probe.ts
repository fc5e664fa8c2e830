// What a picture is, from its header: format and size as a person sees it. Pixels are not decoded here.
import { MimicitError } from '../base/errors.js'
import { type PictureFacts, plainHeader } from './picture-header.js'
import { sharp } from './sharp.js'

/** More pixels than this are refused, where nobody asks for another bound: a picture of a few bytes can claim a hundred gigapixels. */
export const MAX_PIXELS = 100e6

/** More bytes than this are refused: no photograph has as many, and several are in memory at a time. */
export const MAX_PICTURE_BYTES = 128e6

/** What a camera or a drawing program writes. Others that the decoder knows are programs (SVG) or differ by machine. */
const FORMATS: ReadonlySet<string> = new Set(['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif'])

/**
 * Reads the header of a picture.
 * @param where id or file, for the message
 * @param isDecoded of the header's facts: whether the pixels are going to be needed and must be sound as well
 * @param maxPixels that it may have
 * @throws MimicitError MIMICIT_BAD_PICTURE if it is empty, unknown, or has more pixels than that or more than 128 MB
 */
export async function probePicture(
  bytes: Uint8Array,
  where: string,
  isDecoded: (facts: PictureFacts) => boolean = () => false,
  maxPixels = MAX_PIXELS,
): Promise<PictureFacts> {
  const plain = bytes.byteLength > MAX_PICTURE_BYTES ? undefined : plainHeader(bytes)
  return plain !== undefined && plain.width * plain.height <= maxPixels && !isDecoded(plain)
    ? plain
    : decoderFacts(bytes, where, isDecoded, maxPixels)
}

/** As `probePicture`, from the decoder whatever the picture is. */
export async function decoderFacts(
  bytes: Uint8Array,
  where: string,
  isDecoded: (facts: PictureFacts) => boolean = () => false,
  maxPixels = MAX_PIXELS,
): Promise<PictureFacts> {
  const bad = (received: string, cause?: unknown) =>
    new MimicitError('MIMICIT_BAD_PICTURE', {
      expected: 'a picture (JPEG, PNG, WebP, GIF, TIFF)',
      where,
      received,
      hint: 'Replace the file, or leave it out with --broken skip.',
      cause,
    })
  if (bytes.byteLength === 0) throw bad('0 bytes')
  if (bytes.byteLength > MAX_PICTURE_BYTES) throw bad(`${bytes.byteLength} bytes, more than ${MAX_PICTURE_BYTES}`)
  try {
    // Only the header is read, so that its size can be told however large it is.
    const facts = await sharp(bytes, { limitInputPixels: false }).metadata()
    const { width, height } = facts.autoOrient
    if (!FORMATS.has(facts.format)) throw bad(`the format ${facts.format}`)
    if (width * height > maxPixels) throw bad(`${width}x${height} pixels, more than ${maxPixels}`)
    // A file whose end is missing has a sound header; only one that looks cut short is worth decoding to be sure.
    if (looksCutShort(bytes, facts.format) || isDecoded({ format: facts.format, width, height })) {
      await sharp(bytes, { limitInputPixels: maxPixels, failOn: 'truncated' }).resize(8, 8).raw().toBuffer()
    }
    return { format: facts.format, width, height }
  } catch (error) {
    if (error instanceof MimicitError) throw error
    throw bad(`${bytes.byteLength} bytes that begin with ${head(bytes)} (${(error as Error).message.trim()})`, error)
  }
}

const END_OF_IMAGE = Buffer.of(0xff, 0xd9)
const START_OF_SCAN = Buffer.of(0xff, 0xda)

/** Whether the end mark of the format is not where it should be. False alarms cost a decode, nothing else. */
function looksCutShort(bytes: Uint8Array, format: string): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (format === 'jpeg') {
    const end = buffer.lastIndexOf(END_OF_IMAGE)
    return buffer.indexOf(START_OF_SCAN, Math.max(0, end)) >= 0
  }
  if (format === 'png') return buffer.indexOf('IEND', Math.max(0, buffer.byteLength - 64), 'latin1') < 0
  if (format === 'webp') return buffer.readUInt32LE(4) + 8 > buffer.byteLength
  return false
}

/** The first bytes, in hex. */
function head(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 8)).toString('hex')
}
