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

/** What a walk goes by and has found. Functions that are given it, and no closures: V8 compiles them once, not anew for each walk. */
interface Walk {
  readonly bytes: Uint8Array
  readonly deepest: number
  readonly most: number
  readonly wanted: number | undefined
  structs: number
  found: ThriftList | undefined
}

function walk(bytes: Uint8Array, start: number, { depth: deepest, structs: most }: ThriftBounds, wanted?: number) {
  const state: Walk = { bytes, deepest, most, wanted, structs: 0, found: undefined }
  return { end: structEnd(state, start, 0), list: state.found }
}

/** Where a struct ends that begins at `at`. */
function structEnd(state: Walk, at: number, depth: number): number {
  const { bytes } = state
  if (++state.structs > state.most) throw new RangeError(`metadata of more than ${state.most} structs`)
  let place = at
  let field = 0
  for (;;) {
    const head = byteAt(bytes, place++)
    if ((head & 15) === 0) return place
    // Nobody writes the long form of a field's number, by which one field could stand there twice.
    if (head >> 4 === 0) throw new RangeError('metadata with a field out of order')
    field += head >> 4
    if (depth === 0 && field === state.wanted && (head & 15) === 9) {
      const places: number[] = []
      state.found = { at: place, places }
      place = listEnd(state, place, 1, places)
    } else place = valueEnd(state, place, head & 15, depth + 1)
  }
}

function valueEnd(state: Walk, at: number, type: number, depth: number): number {
  const { bytes } = state
  if (depth > state.deepest) throw new RangeError('metadata that are too deep')
  switch (type) {
    case 1: // true
    case 2: // false
      return at
    case 3:
      return skipped(bytes, at, 1)
    case 4:
    case 5:
      return numberEnd(bytes, at, SHORT)
    case 6:
      return numberEnd(bytes, at, LONG)
    case 7:
      return skipped(bytes, at, 8)
    case 8:
      return skipped(bytes, numberEnd(bytes, at, SHORT), numberAt(bytes, at))
    case 9:
      return listEnd(state, at, depth)
    case 12:
      return structEnd(state, at, depth)
    default:
      throw new RangeError(`metadata of a type ${type}`)
  }
}

/** @param places gets where each element begins, and where the last one ends */
function listEnd(state: Walk, at: number, depth: number, places?: number[]): number {
  const { bytes } = state
  const head = byteAt(bytes, at)
  const isLong = head >> 4 === 15
  let place = isLong ? numberEnd(bytes, at + 1, SHORT) : at + 1
  const size = isLong ? numberAt(bytes, at + 1) : head >> 4
  if (size > bytes.byteLength - place) throw new RangeError(`a list of ${size} elements in the metadata`)
  // Inside a list a truth value is a byte.
  const type = (head & 15) < 3 ? 3 : head & 15
  for (let i = 0; i < size; i++) {
    places?.push(place)
    place = valueEnd(state, place, type, depth + 1)
  }
  places?.push(place)
  return place
}

function byteAt(bytes: Uint8Array, at: number): number {
  if (at >= bytes.byteLength) throw new RangeError('metadata that end early')
  return bytes[at]!
}

function skipped(bytes: Uint8Array, at: number, length: number): number {
  if (length > bytes.byteLength - at) throw new RangeError(`metadata that name ${length} bytes`)
  return at + length
}

/** Where a number ends that has at most so many bytes. */
function numberEnd(bytes: Uint8Array, at: number, longest: number): number {
  for (let i = 0; i < longest; i++) if (byteAt(bytes, at + i) < 0x80) return at + i + 1
  throw new RangeError('a number without end in the metadata')
}

/** A number whose end was found. */
function numberAt(bytes: Uint8Array, at: number): number {
  let value = 0
  for (let i = 0, unit = 1; ; i++, unit *= 128) {
    value += (bytes[at + i]! & 0x7f) * unit
    if (bytes[at + i]! < 0x80) return value
  }
}
