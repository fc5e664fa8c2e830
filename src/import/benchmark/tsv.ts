// Tab-separated values as pandas writes them: fields with tabs, line ends or quotes stand in quotes, a quote in them is two.
// Read row by row, whatever the size of the file: no more than one row is held, and no row may be longer than a bound.
import { MimicitError, show } from '../../base/errors.js'
import type { ReadableFile } from '../../io/store.js'

/** A row by the names of the header. */
export interface TsvRow {
  /** Of its first line in the file, from 1. */
  readonly line: number
  readonly where: string
  /** Bytes of the file up to its end. */
  readonly done: number
  readonly fields: Readonly<Record<string, string>>
}

const TAB = 0x09
const NEWLINE = 0x0a
const QUOTE = 0x22
const CHUNK = 1 << 20
/** A row holds a picture; none is larger. */
const MOST_ROW_BYTES = 64 << 20

/**
 * The rows of a file with a header.
 * @throws MimicitError MIMICIT_BAD_RECORD for a row that has more or fewer fields than the header, is too long, ends inside
 * quotes or is not UTF-8
 */
export async function* tsvRows(file: ReadableFile, mostRowBytes = MOST_ROW_BYTES): AsyncGenerator<TsvRow> {
  let header: readonly string[] | undefined
  for await (const { bytes, line, done } of rawRows(file, mostRowBytes)) {
    const where = `${file.path}, line ${line}`
    const fields = fieldsOf(bytes, where)
    if (header === undefined) {
      const names = fields.map((name, i) => (i === 0 ? name.replace(/^\ufeff/, '') : name))
      header = names
      const twice = names.find((name, i) => names.indexOf(name) < i)
      if (twice !== undefined) throw bad('a header with each name once', where, `${show(twice)} twice`)
      continue
    }
    if (fields.length === 1 && fields[0] === '') continue
    if (fields.length !== header.length)
      throw bad(`${header.length} fields, as the header has`, where, String(fields.length))
    yield { line, where, done, fields: Object.fromEntries(header.map((name, i) => [name, fields[i]!])) }
  }
}

interface RawRow {
  readonly bytes: Buffer
  readonly line: number
  readonly done: number
}

async function* rawRows(file: ReadableFile, most: number): AsyncGenerator<RawRow> {
  let pieces: Buffer[] = []
  let held = 0
  let inQuotes = false
  let atStart = true
  let justClosed = false
  let line = 1
  let first = 1
  const tooLong = () => bad(`a row of at most ${most} bytes`, `${file.path}, line ${first}`, 'a longer one')
  for (let offset = 0; offset < file.byteLength; ) {
    const chunk = Buffer.from(await file.read(offset, Math.min(CHUNK, file.byteLength - offset)))
    offset += chunk.byteLength
    let from = 0
    for (let at = 0; at < chunk.byteLength; at++) {
      const byte = chunk[at]!
      if (byte === NEWLINE) line++
      if (inQuotes) {
        if (byte === QUOTE) [inQuotes, justClosed] = [false, true]
        continue
      }
      // Two quotes in a row close and open again.
      if (byte === QUOTE && (atStart || justClosed)) inQuotes = true
      else if (byte === NEWLINE) {
        pieces.push(chunk.subarray(from, at))
        held += at - from
        if (held > most) throw tooLong()
        yield { bytes: joined(pieces), line: first, done: offset - chunk.byteLength + at + 1 }
        ;[pieces, held, from, first] = [[], 0, at + 1, line]
      }
      atStart = byte === TAB || byte === NEWLINE
      justClosed = false
    }
    pieces.push(chunk.subarray(from))
    held += chunk.byteLength - from
    if (held > most) throw tooLong()
  }
  if (inQuotes) throw bad('quotes that end', `${file.path}, line ${first}`, 'the end of the file inside of some')
  if (held > 0) yield { bytes: joined(pieces), line: first, done: file.byteLength }
}

const joined = (pieces: readonly Buffer[]) => (pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces))

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function fieldsOf(bytes: Buffer, where: string): string[] {
  let text: string
  try {
    text = decoder.decode(bytes).replace(/\r$/, '')
  } catch (error) {
    throw bad('text in UTF-8', where, 'other bytes', error)
  }
  const fields: string[] = []
  for (let at = 0; ; ) {
    let end: number
    if (text[at] === '"') {
      end = at + 1
      while (end < text.length && (text[end] !== '"' || text[end + 1] === '"')) end += text[end] === '"' ? 2 : 1
      fields.push(text.slice(at + 1, end).replaceAll('""', '"'))
      end++
      if (end < text.length && text[end] !== '\t')
        throw bad('a tab behind quotes', where, show(text.slice(end, end + 20)))
    } else {
      end = text.indexOf('\t', at)
      if (end < 0) end = text.length
      fields.push(text.slice(at, end))
    }
    if (end >= text.length) return fields
    at = end + 1
  }
}

const bad = (expected: string, where: string, received: string, cause?: unknown) =>
  new MimicitError('MIMICIT_BAD_RECORD', { expected, where, received, hint: 'Mend the row.', cause })
