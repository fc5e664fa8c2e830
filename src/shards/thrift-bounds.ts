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

function walk(bytes: Uint8Array, start: number, { depth: deepest, structs: most }: ThriftBounds, wanted?: number) {
  let at = start
  let structs = 0
  let found: ThriftList | undefined
  const byte = () => {
    if (at >= bytes.byteLength) throw new RangeError('metadata that end early')
    return bytes[at++]!
  }
  const number = (longest: number) => {
    let value = 0
    for (let i = 0; i < longest; i++) {
      const next = byte()
      value += (next & 0x7f) * 2 ** (7 * i)
      if (next < 0x80) return value
    }
    throw new RangeError('a number without end in the metadata')
  }
  const skip = (length: number) => {
    if (length > bytes.byteLength - at) throw new RangeError(`metadata that name ${length} bytes`)
    at += length
  }
  const value = (type: number, depth: number): void => {
    if (depth > deepest) throw new RangeError('metadata that are too deep')
    switch (type) {
      case 1: // true
      case 2: // false
        return
      case 3:
        skip(1)
        return
      case 4:
      case 5:
        number(SHORT)
        return
      case 6:
        number(LONG)
        return
      case 7:
        skip(8)
        return
      case 8:
        skip(number(SHORT))
        return
      case 9:
        list(depth)
        return
      case 12:
        struct(depth)
        return
      default:
        throw new RangeError(`metadata of a type ${type}`)
    }
  }
  const list = (depth: number, places?: number[]) => {
    const head = byte()
    const type = head & 15
    const size = head >> 4 === 15 ? number(SHORT) : head >> 4
    if (size > bytes.byteLength - at) throw new RangeError(`a list of ${size} elements in the metadata`)
    // Inside a list a truth value is a byte.
    for (let i = 0; i < size; i++) {
      places?.push(at)
      value(type < 3 ? 3 : type, depth + 1)
    }
    places?.push(at)
  }
  const struct = (depth: number) => {
    if (++structs > most) throw new RangeError(`metadata of more than ${most} structs`)
    let field = 0
    for (;;) {
      const head = byte()
      if ((head & 15) === 0) return
      // Nobody writes the long form of a field's number, by which one field could stand there twice.
      if (head >> 4 === 0) throw new RangeError('metadata with a field out of order')
      field += head >> 4
      if (depth === 0 && field === wanted && (head & 15) === 9) {
        found = { at, places: [] }
        list(1, found.places as number[])
      } else value(head & 15, depth + 1)
    }
  }
  struct(0)
  return { end: at, list: found }
}
