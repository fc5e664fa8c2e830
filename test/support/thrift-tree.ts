// Thrift's compact protocol as a tree that can be changed anywhere and written again, lies included: what a test of
// hostile files needs and no library gives.

/** A value with its type in the compact protocol. */
export interface Node {
  type: number
  /** A number as it stands there (zigzag for 16 to 64 bits), bytes, elements or fields. */
  value: bigint | Buffer | Node[] | Field[]
  /** Type of the elements of a list. */
  of?: number
  /** What a list or bytes claim to have instead of what they have. */
  claim?: bigint
}

/** A field of a struct. */
export interface Field {
  id: number
  node: Node
}

const BINARY = 8
const LIST = 9
const STRUCT = 12

/** Reads a struct. */
export function readTree(bytes: Buffer, start: number): { readonly node: Node; readonly end: number } {
  let at = start
  const number = () => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const next = bytes[at++]!
      value |= BigInt(next & 0x7f) << shift
      if (next < 0x80) return value
    }
  }
  const raw = (length: number) => {
    at += length
    return Buffer.from(bytes.subarray(at - length, at))
  }
  const read = (type: number, inList = false): Node => {
    if (type < 3) return { type, value: inList ? raw(1) : Buffer.alloc(0) }
    if (type === 3) return { type, value: raw(1) }
    if (type < 7) return { type, value: number() }
    if (type === 7) return { type, value: raw(8) }
    if (type === BINARY) return { type, value: raw(Number(number())) }
    if (type === LIST) {
      const head = bytes[at++]!
      const size = head >> 4 === 15 ? Number(number()) : head >> 4
      const of = head & 15
      return { type, of, value: Array.from({ length: size }, () => read(of, true)) }
    }
    const fields: Field[] = []
    for (let id = 0; ; ) {
      const head = bytes[at++]!
      if (head === 0) return { type: STRUCT, value: fields }
      id += head >> 4
      fields.push({ id, node: read(head & 15) })
    }
  }
  return { node: read(STRUCT), end: at }
}

/** The bytes of a tree. */
export function writeTree(node: Node): Buffer {
  const parts: Buffer[] = []
  const write = ({ type, value, of, claim }: Node) => {
    if (type === BINARY && Buffer.isBuffer(value)) parts.push(varint(claim ?? BigInt(value.byteLength)), value)
    else if (Buffer.isBuffer(value)) parts.push(value)
    else if (typeof value === 'bigint') parts.push(varint(value))
    else if (type === LIST) {
      parts.push(Buffer.of(0xf0 | of!), varint(claim ?? BigInt(value.length)))
      for (const one of value as Node[]) write(one)
    } else {
      let before = 0
      for (const { id, node: inner } of value as Field[]) {
        parts.push(Buffer.of(((id - before) << 4) | inner.type))
        before = id
        write(inner)
      }
      parts.push(Buffer.of(0))
    }
  }
  write(node)
  return Buffer.concat(parts)
}

/** A number in groups of seven bits. */
export function varint(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, value)
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0))
    rest >>= 7n
  } while (rest > 0n)
  return Buffer.from(bytes)
}

/** Zigzag of a signed number. */
export const zigzag = (value: bigint) => BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
/** The signed number of a zigzag. */
export const signed = (value: bigint) => (value >> 1n) ^ -(value & 1n)

/** The node of a path of field ids and list places. */
export function at(node: Node, ...path: readonly number[]): Node | undefined {
  let here: Node | undefined = node
  for (const step of path) {
    if (here === undefined) return undefined
    const value: Node['value'] = here.value
    if (here.type === STRUCT) here = (value as Field[]).find(({ id }) => id === step)?.node
    else here = (value as Node[])[step]
  }
  return here
}

/** Every node below one. */
export function nodesOf(node: Node): Node[] {
  if (node.type === LIST) return [node, ...(node.value as Node[]).flatMap(nodesOf)]
  if (node.type === STRUCT) return [node, ...(node.value as Field[]).flatMap((field) => nodesOf(field.node))]
  return [node]
}

/** A copy of a tree. */
export function copyOf(node: Node): Node {
  const { value } = node
  if (typeof value === 'bigint') return { ...node }
  if (Buffer.isBuffer(value)) return { ...node, value: Buffer.from(value) }
  if (node.type === LIST) return { ...node, value: (value as Node[]).map(copyOf) }
  return { ...node, value: (value as Field[]).map((field) => ({ id: field.id, node: copyOf(field.node) })) }
}
