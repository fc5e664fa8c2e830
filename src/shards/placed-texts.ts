// A column of texts of which some or all are places, packed so that it crosses to another thread for next to nothing, and
// its way from there to the bytes that Parquet stores: for each value its length (u32) and its UTF-8.
import { closeSync, openSync, readSync } from 'node:fs'
import { MimicitError } from '../base/errors.js'
import { asIoError } from '../io/directory.js'
import { type Text, textUnits } from './text-place.js'

/** Such a column. */
export interface PlacedTexts {
  readonly count: number
  /** Lengths in UTF-16 code units. */
  readonly units: Uint32Array
  /** How each is stored. */
  readonly kinds: Uint8Array
  /** The file of each, of `paths`. */
  readonly files: Uint16Array
  readonly paths: readonly string[]
  readonly offsets: Float64Array
  readonly lengths: Uint32Array
  /** Those that are at hand, in their order. */
  readonly texts: readonly string[]
}

/** A column of lists of such texts: how many each row has, and all of them one behind the other. */
export interface PlacedLists {
  readonly lengths: Uint32Array
  readonly texts: PlacedTexts
}

const AT_HAND = 0
const PLAIN = 1
const ESCAPED = 2

/** Places of texts of one file, one behind the other. */
export interface PlacedSpans {
  readonly offsets: Float64Array
  readonly lengths: Uint32Array
  /** Lengths in UTF-16 code units. */
  readonly units: Uint32Array
  /** 1 for a text whose bytes are the text, 0 for one with escapes. */
  readonly isPlain: Uint8Array
}

/** Packs texts as they come. */
export class PlacedTextsBuilder {
  #count = 0
  #units = new Uint32Array(1024)
  #kinds = new Uint8Array(1024)
  #files = new Uint16Array(1024)
  #offsets = new Float64Array(1024)
  #lengths = new Uint32Array(1024)
  #paths: string[] = []
  #texts: string[] = []

  push(text: Text): void {
    this.#reserve(1)
    const i = this.#count++
    this.#units[i] = textUnits(text)
    if (typeof text === 'string') {
      this.#kinds[i] = AT_HAND
      this.#files[i] = 0
      this.#offsets[i] = 0
      this.#lengths[i] = 0
      this.#texts.push(text)
      return
    }
    this.#kinds[i] = text.isPlain ? PLAIN : ESCAPED
    this.#files[i] = this.#fileOf(text.path)
    this.#offsets[i] = text.offset
    this.#lengths[i] = text.byteLength
  }

  /** @param from the first of the spans, `to` behind the last */
  pushSpans(path: string, spans: PlacedSpans, from: number, to: number): void {
    this.#reserve(to - from)
    const at = this.#count
    this.#units.set(spans.units.subarray(from, to), at)
    this.#offsets.set(spans.offsets.subarray(from, to), at)
    this.#lengths.set(spans.lengths.subarray(from, to), at)
    for (let i = from; i < to; i++) this.#kinds[at + i - from] = spans.isPlain[i] === 1 ? PLAIN : ESCAPED
    this.#files.fill(this.#fileOf(path), at, at + to - from)
    this.#count += to - from
  }

  /** What was packed; begins anew. */
  take(): PlacedTexts {
    const count = this.#count
    const taken = {
      count,
      units: this.#units.slice(0, count),
      kinds: this.#kinds.slice(0, count),
      files: this.#files.slice(0, count),
      paths: this.#paths,
      offsets: this.#offsets.slice(0, count),
      lengths: this.#lengths.slice(0, count),
      texts: this.#texts,
    }
    this.#count = 0
    this.#paths = []
    this.#texts = []
    return taken
  }

  #fileOf(path: string): number {
    // Almost always the one before.
    const file = this.#paths.lastIndexOf(path)
    return file < 0 ? this.#paths.push(path) - 1 : file
  }

  #reserve(more: number): void {
    if (this.#count + more <= this.#units.length) return
    const room = 2 * (this.#count + more)
    const grown = <T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(larger: T, old: T): T => {
      larger.set(old)
      return larger
    }
    this.#units = grown(new Uint32Array(room), this.#units)
    this.#kinds = grown(new Uint8Array(room), this.#kinds)
    this.#files = grown(new Uint16Array(room), this.#files)
    this.#offsets = grown(new Float64Array(room), this.#offsets)
    this.#lengths = grown(new Uint32Array(room), this.#lengths)
  }
}

/** Packs a column; undefined if all of it is at hand. */
export function packTexts(values: readonly Text[]): PlacedTexts | undefined {
  if (values.every((value) => typeof value === 'string')) return undefined
  const builder = new PlacedTextsBuilder()
  for (const value of values) builder.push(value)
  return builder.take()
}

/** The values of a column as Parquet's encoding PLAIN has them. */
export interface PlainTexts {
  readonly units: Uint32Array
  /** Length (u32) and UTF-8 of each value in turn. */
  readonly bytes: Buffer
  /** Where each value begins, its length included, and where the last one ends. */
  readonly starts: Uint32Array
  /** Of a column of lists: how many values each row has. */
  readonly lengths?: Uint32Array | undefined
}

/** The text of a value. */
const textAt = ({ bytes, starts }: PlainTexts, i: number): string =>
  bytes.toString('utf8', starts[i]! + LENGTH_BYTES, starts[i + 1]!)

/** The texts of a column. */
export const stringsOf = (texts: PlainTexts): string[] => Array.from(texts.units, (_, i) => textAt(texts, i))

/** The lists of a column of them. */
export function stringListsOf(texts: PlainTexts): string[][] {
  let at = 0
  return Array.from(texts.lengths!, (length) => {
    at += length
    return Array.from({ length }, (_, i) => textAt(texts, at - length + i))
  })
}

/** In front of every value. */
const LENGTH_BYTES = 4
/** Of a UTF-16 code unit in UTF-8 at most. */
const BYTES_A_UNIT = 3
/** Read at a time. */
const WINDOW = 1 << 20

/** Memory of the columns that were fetched last: new memory for each group would have V8 look for garbage all the time. */
const kept: Buffer[] = []

function memoryOf(column: number, bytes: number): Buffer {
  if ((kept[column]?.byteLength ?? 0) < bytes) kept[column] = Buffer.allocUnsafeSlow(Math.max(bytes, WINDOW))
  return kept[column]!
}

/**
 * Fetches columns of the same rows: values that lie side by side are read together. They are valid until the next call.
 * @throws MimicitError MIMICIT_SOURCE_CHANGED if there is something else now, MIMICIT_IO
 */
export function fetchTexts(columns: readonly (PlacedTexts | PlacedLists)[]): PlainTexts[] {
  const made = columns.map((given, number) => {
    const [column, lengths] = 'kinds' in given ? [given, undefined] : [given.texts, given.lengths]
    let bytes = LENGTH_BYTES * column.count
    for (let i = 0; i < column.count; i++) {
      bytes += column.kinds[i] === AT_HAND ? BYTES_A_UNIT * column.units[i]! : column.lengths[i]!
    }
    const starts = new Uint32Array(column.count + 1)
    const texts = column.texts.values()
    return { column, lengths, units: column.units, bytes: memoryOf(number, bytes), starts, texts, next: 0 }
  })
  const reader = createWindow()
  try {
    const rows = made[0]?.lengths?.length ?? made[0]?.column.count ?? 0
    for (let row = 0; row < rows; row++) {
      for (const each of made) {
        const { column, bytes, starts, texts } = each
        for (const end = each.next + (each.lengths?.[row] ?? 1); each.next < end; each.next++) {
          const i = each.next
          const at = starts[i]! + LENGTH_BYTES
          const kind = column.kinds[i]!
          let length = column.lengths[i]!
          if (kind === AT_HAND) length = bytes.write(texts.next().value!, at, 'utf8')
          else {
            const path = column.paths[column.files[i]!]!
            const text = reader.at(path, column.offsets[i]!, length)
            if (kind === PLAIN) bytes.set(text, at)
            else length = bytes.write(unescaped(text, path), at, 'utf8')
          }
          bytes.writeUInt32LE(length, at - LENGTH_BYTES)
          starts[i + 1] = at + length
        }
      }
    }
  } finally {
    reader.close()
  }
  return made
}

function unescaped({ buffer, byteOffset, byteLength }: Uint8Array, path: string): string {
  try {
    return JSON.parse(`"${Buffer.from(buffer, byteOffset, byteLength).toString('utf8')}"`) as string
  } catch (error) {
    throw changed(path, error)
  }
}

const changed = (path: string, cause?: unknown) =>
  new MimicitError('MIMICIT_SOURCE_CHANGED', {
    expected: 'the file that the import began with',
    where: path,
    received: 'one that was changed meanwhile',
    hint: 'Nothing was written; run it again when nobody writes to the source.',
    cause,
  })

let windowMemory = new Uint8Array(0)

/** Reads a file ahead; of several, one at a time. */
function createWindow() {
  let open: { readonly path: string; readonly descriptor: number } | undefined
  let from = 0
  let end = 0
  const close = () => {
    if (open !== undefined) closeSync(open.descriptor)
    open = undefined
  }
  return {
    /** Bytes that are valid until the next call. */
    at(path: string, offset: number, length: number): Uint8Array {
      if (open?.path !== path || offset < from || offset + length > end) {
        try {
          if (open?.path !== path) {
            close()
            open = { path, descriptor: openSync(path, 'r') }
          }
          if (windowMemory.byteLength < length) windowMemory = new Uint8Array(Math.max(WINDOW, length))
          from = offset
          end = offset
          while (end < offset + length) {
            const read = readSync(
              open.descriptor,
              windowMemory,
              end - from,
              windowMemory.byteLength - (end - from),
              end,
            )
            if (read === 0) throw changed(path)
            end += read
          }
        } catch (error) {
          throw asIoError(error, path)
        }
      }
      return windowMemory.subarray(offset - from, offset - from + length)
    },
    close,
  }
}
