// Where a value lies in a Thrift struct (compact protocol) that thrift-bounds.ts has walked: who needs three numbers of each of
// hundreds of row groups does not make objects of the rest.

/**
 * Finds a value by the numbers of the fields that lead to it, and of the element where one of them is a list.
 * @param at where the struct begins
 * @returns its first byte, behind that which tells its type; undefined where there is none
 */
export function thriftPlace(bytes: Uint8Array, at: number, [wanted, ...rest]: readonly number[]): number | undefined {
  let field = 0
  for (;;) {
    const head = bytes[at++]!
    const type = head & 15
    field += head >> 4
    if (type === 0 || field > wanted!) return undefined
    if (field === wanted) return rest.length === 0 ? at : below(bytes, at, type, rest)
    at = skipped(bytes, at, type)
  }
}

const LIST = 9
const STRUCT = 12

function below(bytes: Uint8Array, at: number, type: number, path: readonly number[]): number | undefined {
  if (type === STRUCT) return thriftPlace(bytes, at, path)
  if (type !== LIST) return undefined
  const [index, ...rest] = path
  const list = listAt(bytes, at)
  if (index! >= list.size) return undefined
  let place = list.at
  for (let i = 0; i < index!; i++) place = skipped(bytes, place, list.type)
  return rest.length === 0 ? place : below(bytes, place, list.type, rest)
}

function listAt(bytes: Uint8Array, at: number) {
  const head = bytes[at]!
  // Inside a list a truth value is a byte.
  const type = (head & 15) < 3 ? 3 : head & 15
  return head >> 4 === 15
    ? { type, size: varint(bytes, at + 1), at: varintEnd(bytes, at + 1) }
    : { type, size: head >> 4, at: at + 1 }
}

/** In the place of elements that are left: fields that follow each other until the struct ends. */
const FIELDS = -1
/** What is left of the structs and lists that a walk is in, and the types of lists. */
const left: number[] = []
const types: number[] = []

/** The first byte behind a value: one loop, for the same reason as in thrift-bounds.ts. */
function skipped(bytes: Uint8Array, at: number, type: number): number {
  let level = 0
  for (;;) {
    if (type === STRUCT) left[++level] = FIELDS
    else if (type === LIST) {
      const list = listAt(bytes, at)
      left[++level] = list.size
      types[level] = list.type
      at = list.at
    } else if (type === 8) at = varintEnd(bytes, at) + varint(bytes, at)
    else if (type === 7) at += 8
    else if (type === 3) at++
    else if (type > 2) at = varintEnd(bytes, at)
    for (;;) {
      if (level === 0) return at
      if (left[level] === FIELDS) {
        type = bytes[at++]! & 15
        if (type !== 0) break
        level--
      } else if (left[level] === 0) level--
      else {
        left[level]!--
        type = types[level]!
        break
      }
    }
  }
}

function varintEnd(bytes: Uint8Array, at: number): number {
  let end = at
  while (bytes[end]! >= 0x80) end++
  return end + 1
}

/** A number without a sign. */
function varint(bytes: Uint8Array, at: number): number {
  let value = 0
  for (let place = at, unit = 1; ; place++, unit *= 128) {
    value += (bytes[place]! & 0x7f) * unit
    if (bytes[place]! < 0x80) return value
  }
}
