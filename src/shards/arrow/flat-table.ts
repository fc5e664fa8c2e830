// The few parts of FlatBuffers that Arrow metadata needs, read with every access inside the bytes: whatever a damaged or
// hostile file says, reading throws a RangeError and nothing is allocated by it.

/** A table: fields by number, each with what it is when it is absent. */
export interface FlatTable {
  /** @param fallback the value of an absent field */
  int8(field: number, fallback: number): number
  int16(field: number, fallback: number): number
  int32(field: number, fallback: number): number
  /** A 64-bit number, which must be a safe integer. */
  int64(field: number): number
  text(field: number): string
  table(field: number): FlatTable | undefined
  /** Tables in a vector. */
  tables(field: number): FlatTable[]
  /** Structs in a vector, one after the other. */
  structs(field: number, bytes: number): DataView[]
}

/** The root table of a buffer. @throws RangeError for anything that leads outside of it */
export function rootTable(bytes: Uint8Array): FlatTable {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return tableAt(view, view.getUint32(0, true))
}

/** A 64-bit number of a struct. @throws RangeError unless it is a safe integer from 0 on */
export function safeInt64(view: DataView, at: number): number {
  const value = Number(view.getBigInt64(at, true))
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no length or offset`)
  return value
}

function tableAt(view: DataView, start: number): FlatTable {
  const fieldTable = start - view.getInt32(start, true)
  const fieldTableBytes = view.getUint16(fieldTable, true)
  const place = (field: number) => {
    const at = 4 + 2 * field
    const offset = at + 2 > fieldTableBytes ? 0 : view.getUint16(fieldTable + at, true)
    return offset === 0 ? undefined : start + offset
  }
  const target = (at: number) => at + view.getUint32(at, true)
  /** Where the elements of a vector begin, and how many there are; all of them lie inside the bytes. */
  const vector = (field: number, bytes: number) => {
    const at = place(field)
    if (at === undefined) return { first: 0, count: 0 }
    const count = view.getUint32(target(at), true)
    const first = target(at) + 4
    if (first + count * bytes > view.byteLength) throw new RangeError(`a vector of ${count} elements`)
    return { first, count }
  }
  const number = (field: number, fallback: number, read: (at: number) => number) => {
    const at = place(field)
    return at === undefined ? fallback : read(at)
  }
  return {
    int8: (field, fallback) => number(field, fallback, (at) => view.getInt8(at)),
    int16: (field, fallback) => number(field, fallback, (at) => view.getInt16(at, true)),
    int32: (field, fallback) => number(field, fallback, (at) => view.getInt32(at, true)),
    int64: (field) => number(field, 0, (at) => safeInt64(view, at)),
    text(field) {
      const { first, count } = vector(field, 1)
      return Buffer.from(view.buffer, view.byteOffset + first, count).toString('utf8')
    },
    table(field) {
      const at = place(field)
      return at === undefined ? undefined : tableAt(view, target(at))
    },
    tables(field) {
      const { first, count } = vector(field, 4)
      return Array.from({ length: count }, (_, i) => tableAt(view, target(first + 4 * i)))
    },
    structs(field, bytes) {
      const { first, count } = vector(field, bytes)
      return Array.from(
        { length: count },
        (_, i) => new DataView(view.buffer, view.byteOffset + first + i * bytes, bytes),
      )
    },
  }
}
