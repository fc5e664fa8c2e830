// The images file in JSON: one flat object, image id -> base64 of the picture; a list stands for its first element.
import { isMimicitError, MimicitError, show } from '../../base/errors.js'
import type { ReadableFile } from '../../io/store.js'
import { MAX_PICTURE_BYTES } from '../../vision/probe.js'
import { base64Bytes, decodeBase64, tooLongBase64 } from '../base64.js'
import { type JsonEntry, jsonEntries, jsonEntryRuns, parseEntry } from '../json-stream.js'
import type { PictureRemark } from '../picture-remark.js'

/** One picture of an images file. */
export interface ImageEntry {
  readonly id: string
  /** The decoded bytes; empty for an empty text, and where there is a fault. */
  readonly bytes: Uint8Array
  /** MIMICIT_BAD_BASE64, where the value is a text but no base64; MIMICIT_BAD_PICTURE, where it is far too long or nothing. */
  readonly fault?: MimicitError
  readonly remarks?: readonly PictureRemark[]
  /** Byte offset of the value in its file, or about so many bytes of the file that are behind it. */
  readonly offset: number
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Of a value that is only looked for, no more than this is held while its end is not seen. */
const HELD_OF_PLACES = 1 << 20

/**
 * The pictures of an images file in file order.
 * @param maxBytes of a picture; text that must be more is not held, nor decoded
 */
export async function* imageEntries(
  file: ReadableFile,
  maxBytes: number = MAX_PICTURE_BYTES,
): AsyncGenerator<ImageEntry> {
  for await (const entry of jsonEntries(file, [], undefined, base64Bytes(maxBytes))) {
    yield { id: entry.key, offset: entry.offset, ...decoded(file, entry, maxBytes) }
  }
}

/** Where the pictures of an images file lie, in file order. */
export const imagePlaces = (file: ReadableFile): AsyncIterable<readonly Omit<JsonEntry, 'value'>[]> =>
  jsonEntryRuns(file, [], undefined, undefined, HELD_OF_PLACES)

/** The picture at a place of an images file. */
export async function imageAt(
  file: ReadableFile,
  id: string,
  offset: number,
  length: number,
  maxBytes: number = MAX_PICTURE_BYTES,
): Promise<ImageEntry> {
  const value = length > base64Bytes(maxBytes) ? NO_BYTES : await file.read(offset, length)
  return { id, offset, ...decoded(file, { key: id, offset, length, value }, maxBytes) }
}

/** One bad value says nothing of the others: its fault goes where the faults of pictures go. */
function decoded(file: ReadableFile, entry: JsonEntry, maxBytes: number): Omit<ImageEntry, 'id' | 'offset'> {
  if (entry.length > base64Bytes(maxBytes)) {
    return { bytes: NO_BYTES, fault: tooLongBase64(entry.length, maxBytes, whereOf(file, entry)) }
  }
  try {
    return decodeValue(file, entry)
  } catch (error) {
    if (!isMimicitError(error, 'MIMICIT_BAD_BASE64')) throw error
    return { bytes: NO_BYTES, fault: error }
  }
}

const NO_BYTES = new Uint8Array(0)

const whereOf = (file: ReadableFile, { key, offset }: JsonEntry) => `${file.path}, byte ${offset}, picture ${show(key)}`

function decodeValue(file: ReadableFile, entry: JsonEntry): Omit<ImageEntry, 'id' | 'offset'> {
  const { value } = entry
  const where = () => whereOf(file, entry)
  // The common case costs no JSON: a string without escapes is its own base64 text.
  if (value[0] === QUOTE && !value.includes(BACKSLASH)) {
    return decodeBase64(Buffer.from(value.buffer, value.byteOffset + 1, value.byteLength - 2).toString('latin1'), where)
  }
  const parsed = parseEntry(file, entry)
  const first = Array.isArray(parsed) ? (parsed[0] as unknown) : parsed
  if (first === null || first === undefined) return nothingOf(parsed, where)
  if (typeof first !== 'string') {
    throw new MimicitError('MIMICIT_BAD_RECORD', {
      expected: 'base64 text',
      where: where(),
      received: show(first),
      hint: 'This does not look like an images file of MIMIC-IT.',
    })
  }
  return decodeBase64(first, where, othersOf(parsed))
}

/** How many pictures a value has beside the first, which nobody can name, if it is a list of several. */
export const othersOf = (value: unknown): readonly PictureRemark[] =>
  Array.isArray(value) && value.length > 1
    ? [{ code: 'MIMICIT_MORE_PICTURES', message: `a list of ${value.length} pictures, of which the first was taken` }]
    : []

/** A value without a picture: null, which the original converter leaves for one that it could not read, or an empty list. */
export function nothingOf(value: unknown, where: () => string): Pick<ImageEntry, 'bytes' | 'fault'> {
  const received = Array.isArray(value)
    ? value.length === 0
      ? 'an empty list'
      : 'a list that begins with null'
    : 'null'
  const hint = 'Replace it, or leave it out with --broken skip.'
  const fault = new MimicitError('MIMICIT_BAD_PICTURE', { expected: 'a picture', where: where(), received, hint })
  return { bytes: NO_BYTES, fault }
}
