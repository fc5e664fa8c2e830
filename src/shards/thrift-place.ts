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

/** The first byte behind a value. */
function skipped(bytes: Uint8Array, at: number, type: number): number {
  switch (type) {
    case 1:
    case 2:
      return at
    case 3:
      return at + 1
    case 7:
      return at + 8
    case 8:
      return varintEnd(bytes, at) + varint(bytes, at)
    case LIST: {
      const { type: inner, size, at: first } = listAt(bytes, at)
      let place = first
      for (let i = 0; i < size; i++) place = skipped(bytes, place, inner)
      return place
    }
    case STRUCT: {
      let place = at
      for (;;) {
        const head = bytes[place++]!
        if ((head & 15) === 0) return place
        place = skipped(bytes, place, head & 15)
      }
    }
    default:
      return varintEnd(bytes, at)
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
