// How far a Thrift struct (compact protocol) reaches, found before hyparquet parses it. Its parser believes what it reads:
// a list of 2^31 elements is allocated before the first of them is looked at, structs inside structs go as deep as the
// stack, and a number may go on for megabytes. After this walk none of that is there, and every element stands for a byte.

/** What a struct may consist of at most. */
export interface ThriftBounds {
  /** Structs and lists inside each other. */
  readonly depth: number
  /** Structs in all: each becomes an object. */
  readonly structs: number
}

/** A list inside of a struct. */
export interface ThriftList {
  /** Its first byte, which tells what it holds. */
  readonly at: number
  /** Where each element begins, and behind them where the last one ends. */
  readonly places: readonly number[]
}

/** Bytes of a number of 32 and of 64 bits at most. */
const SHORT = 5
const LONG = 10

/**
 * The first byte after the struct that begins at `start`.
 * @throws RangeError if it is none, ends early or goes beyond the bounds
 */
export function thriftEnd(bytes: Uint8Array, start: number, bounds: ThriftBounds): number {
  return walk(bytes, start, bounds).end
}

/**
 * A list that is a field of the struct at the beginning of some bytes, which may be parsed element by element then.
 * @throws RangeError as thriftEnd, or if there is none
 */
export function thriftList(bytes: Uint8Array, field: number, bounds: ThriftBounds): ThriftList {
  const { list } = walk(bytes, 0, bounds, field)
  if (list === undefined) throw new RangeError(`metadata without the list ${field}`)
  return list
}

/** Types of values. */
const [BYTE, DOUBLE, BINARY, LIST, STRUCT] = [3, 7, 8, 9, 12]
/** In the place of elements that are left: fields that follow each other until the struct ends. */
const FIELDS = -1

/**
 * Walks through a struct. One loop, and what is open lies in arrays: of functions that call each other V8 compiles each with all of the
 * others in it, in every thread, which took several times as long as the walk.
 */
function walk(bytes: Uint8Array, start: number, { depth: deepest, structs: most }: ThriftBounds, wanted?: number) {
  /** Of the structs and lists that are open, from the outermost in: what is left of each, and of lists the type. */
  const left = new Int32Array(deepest + 1).fill(FIELDS)
  const types = new Uint8Array(deepest + 1)
  const size = bytes.byteLength
  let list: { readonly at: number; readonly places: number[] } | undefined
  let [at, level, field, structs, isWanted] = [start, 0, 0, 1, false]
  for (;;) {
    let type: number
    if (left[level] === FIELDS) {
      if (at >= size) throw endingEarly()
      const head = bytes[at++]!
      type = head & 15
      if (type === 0) {
        if (level === 0) return { end: at, list }
        level--
        continue
      }
      // Nobody writes the long form of a field's number, by which one field could stand there twice.
      if (head < 16) throw new RangeError('metadata with a field out of order')
      if (level === 0) {
        field += head >> 4
        isWanted = field === wanted && type === LIST
      }
    } else {
      if (isWanted && level === 1) list!.places.push(at)
      if (left[level] === 0) {
        level--
        continue
      }
      left[level]!--
      type = types[level]!
    }
    if (level === deepest) throw new RangeError('metadata that are too deep')
    if (type === STRUCT) {
      if (++structs > most) throw new RangeError(`metadata of more than ${most} structs`)
      left[++level] = FIELDS
    } else if (type === LIST) {
      if (at >= size) throw endingEarly()
      if (isWanted && level === 0) list = { at, places: [] }
      const head = bytes[at++]!
      let elements = head >> 4
      if (elements === 15) {
        elements = numberAt(bytes, at)
        at = numberEnd(bytes, at, SHORT)
      }
      if (elements > size - at) throw new RangeError(`a list of ${elements} elements in the metadata`)
      left[++level] = elements
      // Inside a list a truth value is a byte.
      types[level] = (head & 15) < BYTE ? BYTE : head & 15
    } else if (type >= 4 && type <= 6) at = numberEnd(bytes, at, type === 6 ? LONG : SHORT)
    else if (type === BINARY || type === DOUBLE || type === BYTE) {
      let length = type === BYTE ? 1 : 8
      if (type === BINARY) {
        length = numberAt(bytes, at)
        at = numberEnd(bytes, at, SHORT)
      }
      if (length > size - at) throw new RangeError(`metadata that name ${length} bytes`)
      at += length
    } else if (type > 2) throw new RangeError(`metadata of a type ${type}`)
  }
}

const endingEarly = () => new RangeError('metadata that end early')

/** Where a number ends that has at most so many bytes. */
function numberEnd(bytes: Uint8Array, at: number, longest: number): number {
  for (let i = 0; i < longest; i++) {
    if (at + i >= bytes.byteLength) throw endingEarly()
    if (bytes[at + i]! < 0x80) return at + i + 1
  }
  throw new RangeError('a number without end in the metadata')
}

/** A number, or something where none ends: whoever looks for its end is told. */
function numberAt(bytes: Uint8Array, at: number): number {
  let value = 0
  for (let i = 0, unit = 1; i < SHORT; i++, unit *= 128) {
    value += (bytes[at + i]! & 0x7f) * unit
    if (bytes[at + i]! < 0x80) break
  }
  return value
}
