// Base64 as it is found in the wild: both alphabets, missing padding and line breaks inside the text are accepted, as the
// original loader accepts them, and so is a data URI, as browsers write pictures. Other characters are left out by the rules of
// Python's decoder, which is the original's, but are told; where they are many the text is none.
import { MimicitError, show } from '../base/errors.js'
import type { PictureRemark } from './picture-remark.js'

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

/** More than this share of characters that are none: it is something else, which happens to have letters in it. */
const MOST_STRAY = 0.1

/** Node takes the low byte of such a character for a character of its own. */
const WIDE = /[\u0100-\uffff]/

/** Whether a text is as long as what was decoded of it says: there is nothing in it but base64, its padding and line breaks. */
export function isPlainBase64(text: string, decodedBytes: number): boolean {
  if (WIDE.test(text)) return false
  const isOf = (characters: number) => characters % 4 !== 1 && decodedBytes === Math.floor(characters * 0.75)
  const whole = text.trimEnd()
  const characters = whole.length - (whole.endsWith('==') ? 2 : whole.endsWith('=') ? 1 : 0)
  return isOf(characters) || isOf(characters - count(whole, '\n') - count(whole, '\r'))
}

/** How often a character is there. */
function count(text: string, character: string): number {
  let found = 0
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) found++
  return found
}

/** A picture, and what is to be told of its text. */
export interface DecodedPicture {
  readonly bytes: Uint8Array
  readonly remarks?: readonly PictureRemark[]
}

/**
 * The bytes of a picture.
 * @param where file, place and id, for the message
 * @param remarks on the value that the text is of
 * @throws MimicitError MIMICIT_BAD_BASE64
 */
export function decodeBase64(
  value: string,
  where: () => string,
  remarks: readonly PictureRemark[] = [],
): DecodedPicture {
  const told = [...remarks]
  const text = value.slice(DATA_URI.exec(value)?.[0].length ?? 0)
  const bytes = Buffer.from(text, 'base64')
  const decoded = (bytes: Uint8Array) => (told.length === 0 ? { bytes } : { bytes, remarks: told })
  if (isPlainBase64(text, bytes.byteLength)) return decoded(bytes)
  const { end, stray, behind } = surveyed(text)
  if (stray > text.length * MOST_STRAY) {
    throw new MimicitError('MIMICIT_BAD_BASE64', {
      expected: 'base64 text',
      where: where(),
      received: show(text, 40),
      hint: 'This does not look like an images file of MIMIC-IT.',
    })
  }
  if (stray + behind === 0) return decoded(bytes)
  const places = [...(stray > 0 ? [`${stray} in its base64`] : []), ...(behind > 0 ? [`${behind} behind its end`] : [])]
  told.push({ code: 'MIMICIT_STRAY_CHARACTERS', message: `characters that were left out: ${places.join(', ')}` })
  return decoded(Buffer.from(text.slice(0, end).replace(NO_BASE64, ''), 'base64'))
}

const NO_BASE64 = /[^A-Za-z0-9+/_-]+/g
const PADDING = 0x3d

/** 1 for the characters of both alphabets, 2 for blanks. */
const KINDS = Uint8Array.from({ length: 256 }, (_, code) => {
  const character = String.fromCharCode(code)
  return /[A-Za-z0-9+/_-]/.test(character) ? 1 : /\s/.test(character) ? 2 : 0
})

/**
 * What is in a text by the rules of Python's `binascii.a2b_base64`: padding ends it where a group of four may end, and is a
 * character like any other that is none elsewhere.
 * @returns where it ends, characters before that which are neither base64 nor blanks, and those behind it
 */
function surveyed(text: string): { readonly end: number; readonly stray: number; readonly behind: number } {
  let [at, characters, stray, padding, pending] = [0, 0, 0, 0, 0]
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const kind = KINDS[code]
    if (kind === 1) {
      characters++
      if (pending === 0) continue
      // Padding that something comes after was none.
      stray += pending
      padding = pending = 0
    } else if (code === PADDING) {
      pending++
      const inGroup = characters % 4
      if (inGroup >= 2 && inGroup + ++padding >= 4) break
    } else if (kind !== 2) stray++
  }
  const behind = text.slice(at).replace(/[\s=]+/g, '').length
  // Six bits are no byte.
  return { end: at, stray: stray + (characters % 4 === 1 ? 1 : 0), behind }
}
