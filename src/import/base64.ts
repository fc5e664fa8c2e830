// Base64 as it is found in the wild: both alphabets, missing padding and line breaks inside the text are accepted, as the
// original loader accepts them, and so is a data URI, as browsers write pictures.
import { MimicitError, show } from '../base/errors.js'

/** Characters that may stand in base64 text: both alphabets, padding, white space. */
const BASE64 = /^[A-Za-z0-9+/_\-=\s]*$/

/** What stands in front of the base64 of a data URI. */
const DATA_URI = /^data:[^,]{0,200};base64,/i

/** Base64 that line breaks and escapes make longer. */
const LONGER = 1.5

/** Bytes of base64 text that may still be a picture of so many bytes. */
export const base64Bytes = (maxBytes: number): number => Math.ceil(maxBytes * (4 / 3) * LONGER)

/** The fault of a base64 text that is longer than that; it is not decoded. @param where file, place and id */
export function tooLongBase64(byteLength: number, maxBytes: number, where: string): MimicitError {
  return new MimicitError('MIMICIT_BAD_PICTURE', {
    expected: `a picture of at most ${maxBytes} bytes`,
    where,
    received: `base64 text of ${byteLength} bytes`,
    hint: 'Replace it, or leave it out with --broken skip.',
  })
}

/**
 * The bytes of a picture.
 * @param where file, place and id, for the message
 * @throws MimicitError MIMICIT_BAD_BASE64
 */
export function decodeBase64(value: string, where: () => string): Uint8Array {
  const text = value.slice(DATA_URI.exec(value)?.[0].length ?? 0)
  const bytes = Buffer.from(text, 'base64')
  // Node stops at nothing and skips what it does not know; only an odd length tells that the text needs a closer look.
  if (bytes.byteLength < Math.floor((text.length - 2) * 0.75) && !BASE64.test(text)) {
    throw new MimicitError('MIMICIT_BAD_BASE64', {
      expected: 'base64 text',
      where: where(),
      received: show(text, 40),
      hint: 'This does not look like an images file of MIMIC-IT.',
    })
  }
  return bytes
}
