// The images file: one flat object, image id -> base64 of the picture. Both alphabets, missing padding and line breaks
// inside the text are accepted, as the original loader accepts them; a list stands for its first element.
import { MimicitError, show } from '../../base/errors.js'
import type { ReadableFile } from '../../io/store.js'
import { type JsonEntry, jsonEntries, parseEntry } from '../json-stream.js'

/** One picture of an images file. */
export interface ImageEntry {
  readonly id: string
  /** The decoded bytes; empty for a null, an empty string, an empty list or a text that is no base64. */
  readonly bytes: Uint8Array
  /** MIMICIT_BAD_BASE64 where the text is none: one such picture is for the caller to leave out or not. */
  readonly fault: MimicitError | undefined
  /** Byte offset of the value in its file. */
  readonly offset: number
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

interface Decoded {
  readonly bytes: Uint8Array
  readonly fault: MimicitError | undefined
}
const EMPTY: Decoded = { bytes: new Uint8Array(0), fault: undefined }

/** The pictures of an images file in file order. */
export async function* imageEntries(file: ReadableFile): AsyncGenerator<ImageEntry> {
  for await (const entry of jsonEntries(file)) {
    const { bytes, fault } = decodeValue(file, entry)
    yield { id: entry.key, bytes, fault, offset: entry.offset }
  }
}

function decodeValue(file: ReadableFile, entry: JsonEntry): Decoded {
  const { value } = entry
  // The common case costs no JSON: a string without escapes is its own base64 text.
  if (value[0] === QUOTE && !value.includes(BACKSLASH)) {
    const text = Buffer.from(value.buffer, value.byteOffset + 1, value.byteLength - 2).toString('latin1')
    return decodeBase64(text, file, entry)
  }
  const parsed = parseEntry(file, entry)
  const first = Array.isArray(parsed) ? (parsed[0] as unknown) : parsed
  if (first === null || first === undefined) return EMPTY
  if (typeof first !== 'string') {
    throw new MimicitError('MIMICIT_BAD_RECORD', {
      expected: 'base64 text',
      where: `${file.path}, byte ${entry.offset}, picture ${show(entry.key)}`,
      received: show(first),
      hint: 'This does not look like an images file of MIMIC-IT.',
    })
  }
  return decodeBase64(first, file, entry)
}

/** Characters that may stand in base64 text: both alphabets, padding, white space. */
const BASE64 = /^[A-Za-z0-9+/_\-=\s]*$/

function decodeBase64(text: string, file: ReadableFile, entry: JsonEntry): Decoded {
  const bytes = Buffer.from(text, 'base64')
  // Node stops at nothing and skips what it does not know; only an odd length tells that the text needs a closer look.
  if (bytes.byteLength < Math.floor((text.length - 2) * 0.75) && !BASE64.test(text)) {
    const fault = new MimicitError('MIMICIT_BAD_BASE64', {
      expected: 'base64 text',
      where: `${file.path}, byte ${entry.offset}, picture ${show(entry.key)}`,
      received: show(text, 40),
      hint: 'This does not look like an images file of MIMIC-IT.',
    })
    return { ...EMPTY, fault }
  }
  return { bytes, fault: undefined }
}
