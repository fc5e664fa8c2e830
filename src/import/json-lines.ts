// Reads JSON Lines of any size: one line is held at a time, and no line is longer or nested deeper than a bound. Integers
// that JavaScript cannot hold are read as texts.
import { MimicitError } from '../base/errors.js'
import type { ReadableFile } from '../io/store.js'
import { parseExact } from './exact-json.js'
import { tellRepeatedFields } from './repeated-fields.js'
import type { TellLeftOut } from './source.js'

/** Where a line that holds something stands. */
interface LinePlace {
  /** From 1. */
  readonly line: number
  /** Byte offset of the line in the file. */
  readonly offset: number
  /** File and line, for messages. */
  readonly where: string
}

/** A line that holds something. */
export interface JsonLine extends LinePlace {
  readonly value: unknown
}

/** One that nobody has read yet. */
export interface UnreadLine extends LinePlace {
  /** @throws MimicitError MIMICIT_BAD_JSON with the number of the line, if it is too long, no JSON or nested too deep */
  read(): unknown
}

/** What a line may cost. */
export interface LineLimits {
  readonly maxLineBytes?: number
  /** Bytes read at a time. */
  readonly chunkBytes?: number
}

/** How lines are read that others may want to know the faults of. */
export interface UnreadLimits extends LineLimits {
  /** Is told of fields that stand twice in the record of a line, when it is read. */
  readonly tell?: TellLeftOut | undefined
}

const MAX_LINE_BYTES = 64 * 2 ** 20
const MAX_DEPTH = 256
const CHUNK = 1 << 20
const NEWLINE = 0x0a
const QUOTE = 0x22
const BACKSLASH = 0x5c

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The lines of a file; blank ones are passed over, and so are a byte order mark and carriage returns.
 * @throws MimicitError MIMICIT_BAD_JSON as reading one of them does
 */
export async function* jsonLines(file: ReadableFile, limits: LineLimits = {}): AsyncGenerator<JsonLine> {
  for await (const { line, offset, where, read } of unreadLines(file, limits)) {
    yield { line, value: read(), offset, where }
  }
}

/** The same lines for whoever goes on behind one that cannot be read: where it ends is known all the same. */
export async function* unreadLines(file: ReadableFile, limits: UnreadLimits = {}): AsyncGenerator<UnreadLine> {
  const { maxLineBytes = MAX_LINE_BYTES, chunkBytes = CHUNK, tell } = limits
  let line = 0
  for await (const { bytes, offset, tooLong } of rawLines(file, maxLineBytes, chunkBytes)) {
    line++
    const where = `${file.path}, line ${line}`
    const text = bytes.subarray(line === 1 && startsWithMark(bytes) ? 3 : 0)
    if (!tooLong && text.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)) continue
    const read = () => {
      if (tooLong) throw bad(`a line of at most ${maxLineBytes} bytes`, where, 'a longer one')
      if (isDeeper(text, MAX_DEPTH)) throw bad(`JSON nested at most ${MAX_DEPTH} deep`, where, 'deeper nesting')
      const value = parse(text, where)
      tellRepeatedFields(text, value, where, tell)
      return value
    }
    yield { line, offset, where, read }
  }
}

interface RawLine {
  /** Empty if it is too long. */
  readonly bytes: Uint8Array
  readonly offset: number
  readonly tooLong: boolean
}

async function* rawLines(file: ReadableFile, maxBytes: number, chunkBytes: number): AsyncGenerator<RawLine> {
  let pieces: Uint8Array[] = []
  let held = 0
  let offset = 0
  /** One that is too long is told before its end is looked for, which may be that of the file. */
  let isTold = false
  const lineOf = (piece: Uint8Array): RawLine => {
    const tooLong = held > maxBytes
    return { bytes: tooLong ? NOTHING : joined([...pieces, piece]), offset, tooLong }
  }
  for (let at = 0; at < file.byteLength; ) {
    const chunk = await file.read(at, Math.min(chunkBytes, file.byteLength - at))
    at += chunk.byteLength
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      held += end - from
      if (!isTold) yield lineOf(chunk.subarray(from, end))
      offset += held + 1
      pieces = []
      held = 0
      isTold = false
      from = end + 1
    }
    if (from === chunk.byteLength) continue
    held += chunk.byteLength - from
    if (held <= maxBytes) pieces.push(chunk.subarray(from))
    else if (!isTold) {
      pieces = []
      isTold = true
      yield lineOf(NOTHING)
    }
  }
  if (held > 0 && !isTold) yield lineOf(NOTHING)
}

const NOTHING = new Uint8Array(0)

const joined = (pieces: readonly Uint8Array[]) => (pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces))

const startsWithMark = (bytes: Uint8Array) => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf

/** Whether brackets outside of strings are nested deeper than that: what walks the value later calls itself for each. */
export function isDeeper(json: Uint8Array, most: number): boolean {
  // Most texts have fewer brackets in all.
  if (countUpTo(json, 0x7b, most) + countUpTo(json, 0x5b, most) <= most) return false
  let depth = 0
  let inString = false
  for (let at = 0; at < json.byteLength; at++) {
    const byte = json[at]!
    if (inString) {
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) inString = false
    } else if (byte === QUOTE) inString = true
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > most) return true
    } else if (byte === 0x7d || byte === 0x5d) depth--
  }
  return false
}

function countUpTo(bytes: Uint8Array, byte: number, most: number): number {
  let count = 0
  for (let at = bytes.indexOf(byte); at >= 0 && count <= most; at = bytes.indexOf(byte, at + 1)) count++
  return count
}

/** Parses one JSON text of bounded depth. @throws MimicitError MIMICIT_BAD_JSON */
export function parseBounded(json: Uint8Array, where: string): unknown {
  const text = json.subarray(startsWithMark(json) ? 3 : 0)
  if (isDeeper(text, MAX_DEPTH)) throw bad(`JSON nested at most ${MAX_DEPTH} deep`, where, 'deeper nesting')
  return parse(text, where)
}

function parse(text: Uint8Array, where: string): unknown {
  try {
    return parseExact(decoder.decode(text))
  } catch (error) {
    throw bad('valid JSON in UTF-8', where, (error as Error).message, error)
  }
}

function bad(expected: string, where: string, received: string, cause?: unknown): MimicitError {
  const hint = 'Mend the line; each holds one JSON value.'
  return new MimicitError('MIMICIT_BAD_JSON', { expected, where, received, hint, cause })
}
