// The parts of a Parquet footer: what it tells of the file, and of each row group. A manifest names where those begin, so that who
// needs one of hundreds does not go through all of them; where it does not they are found by going through the footer once.
import { type ThriftBounds, type ThriftList, thriftEnd, thriftList } from './thrift-bounds.js'

/** Number of the field of row groups in the footer, and the type of a struct in Thrift. */
const ROW_GROUPS = 4
const STRUCT = 12
/** Structs of a footer at most: so many, and so many more for each row group. */
const BASE_STRUCTS = 256
const GROUP_STRUCTS = 256
/** A list of so many elements and more has their number behind its first byte; one of fewer may. */
const MANY = 15

/** A footer in parts. */
export interface FooterParts {
  /** The fields in front of the list of row groups, and those behind it. */
  readonly head: Uint8Array
  readonly tail: Uint8Array
  /**
   * The struct that tells of a row group.
   * @throws RangeError if it is none, goes beyond the bounds, or does not end where the next one begins
   */
  group(group: number): Uint8Array
}

/**
 * Where the row groups of a footer begin, and behind them where the last one ends.
 * @throws RangeError if it is no footer, has another number of them, or goes beyond the bounds
 */
export function findGroups(footer: Uint8Array, groups: number): ThriftList {
  const found = thriftList(footer, ROW_GROUPS, boundsOf(groups))
  const count = found.places.length - 1
  if (count !== groups) throw new RangeError(`${count} row groups`)
  return found
}

/**
 * Takes a footer apart.
 * @param begins where each row group begins in it, if somebody says so; then each is checked when it is asked for
 * @throws RangeError if it is no footer, has another number of row groups, or goes beyond the bounds
 */
export function footerParts(footer: Uint8Array, groups: number, begins?: readonly number[]): FooterParts {
  const { at, places } = begins === undefined ? findGroups(footer, groups) : listOf(footer, begins)
  const [head, tail] = [footer.subarray(0, at), footer.subarray(places[groups])]
  const checked = (bytes: Uint8Array) => {
    if (begins === undefined || thriftEnd(bytes, 0, boundsOf(1)) === bytes.byteLength) return bytes
    throw new RangeError('metadata that end elsewhere')
  }
  checked(Buffer.concat([head, listOfGroups(0), tail]))
  return { head, tail, group: (group) => checked(footer.subarray(places[group], places[group + 1])) }
}

/** What stands in front of the elements of a list of row groups, if they are few. */
export const listOfGroups = (count: number): Uint8Array => Uint8Array.of((count << 4) | STRUCT)
const listOfMany = (count: number): Uint8Array => Uint8Array.of((MANY << 4) | STRUCT, ...varint(count))

/** The list whose elements are said to begin at some places. */
function listOf(footer: Uint8Array, begins: readonly number[]): ThriftList {
  const [first] = begins as [number]
  const [few, many] = [listOfGroups(begins.length), listOfMany(begins.length)]
  const stands = (header: Uint8Array) =>
    first >= header.byteLength && Buffer.compare(footer.subarray(first - header.byteLength, first), header) === 0
  const header = stands(many) ? many : begins.length < MANY && stands(few) ? few : undefined
  if (header === undefined || !begins.every((place, i) => i === 0 || place > begins[i - 1]!)) {
    throw new RangeError(`no row groups at ${first} of the metadata`)
  }
  const at = first - header.byteLength
  return { at, places: [...begins, thriftEnd(footer, begins.at(-1)!, boundsOf(1))] }
}

const boundsOf = (groups: number): ThriftBounds => ({ depth: 16, structs: BASE_STRUCTS + groups * GROUP_STRUCTS })

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
}
