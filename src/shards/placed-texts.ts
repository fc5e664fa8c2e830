// A column of texts of which some or all are places, packed so that it crosses to another thread for next to nothing, and
// its way from there to the bytes that Parquet stores: for each value its length (u32) and its UTF-8.
import { closeSync, openSync, readSync } from 'node:fs'
import { MimicitError } from '../base/errors.js'
import { asIoError } from '../io/directory.js'
import { type ColumnMemory, createColumnMemory } from './column-memory.js'
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

/** Texts to make room for at first. */
const FIRST_ROOM = 1024
/** Bytes that a text takes in the memory of a column. */
const A_TEXT = 8 + 4 + 4 + 2 + 1

/** Packs texts as they come. */
export class PlacedTextsBuilder {
  readonly #memory: ColumnMemory
  #count = 0
  /** Texts that there is room for, and that most columns so far have needed. */
  #room = 0
  #usual = FIRST_ROOM
  #columns = columnsIn(NO_MEMORY, 0)
  #paths: string[] = []
  #texts: string[] = []

  /** @param memory that the packed columns lie in; who has used them gives it back (`memoryOfTexts`) */
  constructor(memory: ColumnMemory = createColumnMemory()) {
    this.#memory = memory
  }

  push(text: Text): void {
    this.#reserve(1)
    const i = this.#count++
    const { units, kinds, files, offsets, lengths } = this.#columns
    units[i] = textUnits(text)
    if (typeof text === 'string') {
      kinds[i] = AT_HAND
      files[i] = 0
      offsets[i] = 0
      lengths[i] = 0
      this.#texts.push(text)
      return
    }
    kinds[i] = text.isPlain ? PLAIN : ESCAPED
    files[i] = this.#fileOf(text.path)
    offsets[i] = text.offset
    lengths[i] = text.byteLength
  }

  /** @param from the first of the spans, `to` behind the last */
  pushSpans(path: string, spans: PlacedSpans, from: number, to: number): void {
    this.#reserve(to - from)
    const at = this.#count
    const { units, kinds, files, offsets, lengths } = this.#columns
    units.set(spans.units.subarray(from, to), at)
    offsets.set(spans.offsets.subarray(from, to), at)
    lengths.set(spans.lengths.subarray(from, to), at)
    for (let i = from; i < to; i++) kinds[at + i - from] = spans.isPlain[i] === 1 ? PLAIN : ESCAPED
    files.fill(this.#fileOf(path), at, at + to - from)
    this.#count += to - from
  }

  /** What was packed; begins anew. */
  take(): PlacedTexts {
    const count = this.#count
    const { units, kinds, files, offsets, lengths } = this.#columns
    const taken = {
      count,
      units: units.subarray(0, count),
      kinds: kinds.subarray(0, count),
      files: files.subarray(0, count),
      paths: this.#paths,
      offsets: offsets.subarray(0, count),
      lengths: lengths.subarray(0, count),
      texts: this.#texts,
    }
    this.#usual = Math.max(this.#usual, count)
    this.#count = 0
    this.#room = 0
    this.#columns = columnsIn(NO_MEMORY, 0)
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
    const needed = this.#count + more
    if (needed <= this.#room) return
    const old = this.#columns
    const room = this.#room === 0 ? Math.max(this.#usual, needed) : 2 * needed
    const columns = columnsIn(this.#memory.take(A_TEXT * room), room)
    columns.units.set(old.units)
    columns.kinds.set(old.kinds)
    columns.files.set(old.files)
    columns.offsets.set(old.offsets)
    columns.lengths.set(old.lengths)
    if (this.#room > 0) this.#memory.give(old.offsets.buffer)
    this.#columns = columns
    this.#room = room
  }
}

const NO_MEMORY = new SharedArrayBuffer(0)

/** Columns of so many texts, the widest numbers first. */
const columnsIn = (memory: SharedArrayBuffer, room: number) => ({
  offsets: new Float64Array(memory, 0, room),
  lengths: new Uint32Array(memory, 8 * room, room),
  units: new Uint32Array(memory, 12 * room, room),
  files: new Uint16Array(memory, 16 * room, room),
  kinds: new Uint8Array(memory, 18 * room, room),
})

/** The memory of a packed column, for who gives it back. */
export const memoryOfTexts = (texts: PlacedTexts): SharedArrayBuffer => texts.offsets.buffer as SharedArrayBuffer

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
      for (let c = 0; c < made.length; c++) {
        const each = made[c]!
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
