// Reads JSON Lines of any size: one line is held at a time, and no line is longer or nested deeper than a bound. Integers
// that JavaScript cannot hold are read as texts.
import { MimicitError } from '../base/errors.js'
import type { ReadableFile } from '../io/store.js'
import { parseExact } from './exact-json.js'

/** A line that holds something. */
export interface JsonLine {
  /** From 1. */
  readonly line: number
  readonly value: unknown
  /** Byte offset of the line in the file. */
  readonly offset: number
  /** File and line, for messages. */
  readonly where: string
}

/** What a line may cost. */
export interface LineLimits {
  readonly maxLineBytes?: number
  /** Bytes read at a time. */
  readonly chunkBytes?: number
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
 * @throws MimicitError MIMICIT_BAD_JSON with the number of the line, if it is too long, no JSON or nested too deep
 */
export async function* jsonLines(file: ReadableFile, limits: LineLimits = {}): AsyncGenerator<JsonLine> {
  const { maxLineBytes = MAX_LINE_BYTES, chunkBytes = CHUNK } = limits
  let line = 0
  for await (const { bytes, offset, tooLong } of rawLines(file, maxLineBytes, chunkBytes)) {
    line++
    const where = `${file.path}, line ${line}`
    if (tooLong) throw bad(`a line of at most ${maxLineBytes} bytes`, where, 'a longer one')
    const text = bytes.subarray(line === 1 && startsWithMark(bytes) ? 3 : 0)
    if (text.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)) continue
    if (isDeeper(text, MAX_DEPTH)) throw bad(`JSON nested at most ${MAX_DEPTH} deep`, where, 'deeper nesting')
    yield { line, value: parse(text, where), offset, where }
  }
}

interface RawLine {
  readonly bytes: Uint8Array
  readonly offset: number
  readonly tooLong: boolean
}

async function* rawLines(file: ReadableFile, maxBytes: number, chunkBytes: number): AsyncGenerator<RawLine> {
  let pieces: Uint8Array[] = []
  let held = 0
  let offset = 0
  for (let at = 0; at < file.byteLength; ) {
    const chunk = await file.read(at, Math.min(chunkBytes, file.byteLength - at))
    at += chunk.byteLength
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      pieces.push(chunk.subarray(from, end))
      held += end - from
      yield { bytes: joined(pieces), offset, tooLong: held > maxBytes }
      offset += held + 1
      pieces = []
      held = 0
      from = end + 1
    }
    if (from < chunk.byteLength) pieces.push(chunk.subarray(from))
    held += chunk.byteLength - from
    if (held > maxBytes) yield { bytes: new Uint8Array(0), offset, tooLong: true }
  }
  if (held > 0) yield { bytes: joined(pieces), offset, tooLong: held > maxBytes }
}

const joined = (pieces: readonly Uint8Array[]) => (pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces))

const startsWithMark = (bytes: Uint8Array) => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf

/** Whether brackets outside of strings are nested deeper than that: what walks the value later calls itself for each. */
export function isDeeper(json: Uint8Array, most: number): boolean {
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
