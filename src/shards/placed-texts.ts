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

/** Those columns of a row group that are texts in files; they are required ones. */
export type PlacedColumns = Readonly<Record<string, PlacedTexts>>

const AT_HAND = 0
const PLAIN = 1
const ESCAPED = 2

/** Packs a column; undefined if all of it is at hand. */
export function packTexts(values: readonly Text[]): PlacedTexts | undefined {
  if (values.every((value) => typeof value === 'string')) return undefined
  const count = values.length
  const paths: string[] = []
  const texts: string[] = []
  const [units, lengths] = [new Uint32Array(count), new Uint32Array(count)]
  const [kinds, files, offsets] = [new Uint8Array(count), new Uint16Array(count), new Float64Array(count)]
  for (let i = 0; i < count; i++) {
    const value = values[i]!
    units[i] = textUnits(value)
    if (typeof value === 'string') {
      texts.push(value)
      continue
    }
    // Almost always the one before.
    let file = paths.lastIndexOf(value.path)
    if (file < 0) file = paths.push(value.path) - 1
    files[i] = file
    kinds[i] = value.isPlain ? PLAIN : ESCAPED
    offsets[i] = value.offset
    lengths[i] = value.byteLength
  }
  return { count, units, kinds, files, paths, offsets, lengths, texts }
}

/** The values of a column as Parquet's encoding PLAIN has them. */
export interface PlainTexts {
  readonly units: Uint32Array
  /** Length (u32) and UTF-8 of each value in turn. */
  readonly bytes: Buffer
  /** Where each value begins, its length included, and where the last one ends. */
  readonly starts: Uint32Array
}

/** The text of a value. */
const textAt = ({ bytes, starts }: PlainTexts, i: number): string =>
  bytes.toString('utf8', starts[i]! + LENGTH_BYTES, starts[i + 1]!)

/** The texts of a column. */
export const stringsOf = (texts: PlainTexts): string[] => Array.from(texts.units, (_, i) => textAt(texts, i))

/** Fetches columns by name. @throws as `fetchTexts` */
export function fetchColumnTexts(placed: PlacedColumns): (readonly [name: string, texts: PlainTexts])[] {
  const fetched = fetchTexts(Object.values(placed))
  return Object.keys(placed).map((name, i) => [name, fetched[i]!] as const)
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
export function fetchTexts(columns: readonly PlacedTexts[]): PlainTexts[] {
  const made = columns.map((column, number) => {
    let bytes = LENGTH_BYTES * column.count
    for (let i = 0; i < column.count; i++) {
      bytes += column.kinds[i] === AT_HAND ? BYTES_A_UNIT * column.units[i]! : column.lengths[i]!
    }
    const starts = new Uint32Array(column.count + 1)
    return { column, units: column.units, bytes: memoryOf(number, bytes), starts, texts: column.texts.values() }
  })
  const reader = createWindow()
  try {
    for (let i = 0; i < (columns[0]?.count ?? 0); i++) {
      for (const { column, bytes, starts, texts } of made) {
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
