// The safetensors file form: 8 bytes length, a JSON header, then raw little-endian values. Written in key order with the
// header padded to 8 bytes; read with every size and offset checked before it is used, because such files come from
// strangers.
import { MimicitError, show } from '../../base/errors.js'

/** Value types that are read; F32 and I32 are also written. */
export type SafeType = 'F32' | 'F16' | 'BF16' | 'I32'

/** One tensor of a file: 16-bit floats arrive widened to float32. */
export interface StateTensor {
  readonly shape: readonly number[]
  readonly values: Float32Array | Int32Array
}

/** Tensors by name. */
export type StateDict = ReadonlyMap<string, StateTensor>

/** A file's content. */
export interface SafeTensors {
  readonly tensors: StateDict
  readonly metadata: Readonly<Record<string, string>>
}

const maxHeader = 100_000_000
const bytesOf: Readonly<Record<SafeType, number>> = { F32: 4, F16: 2, BF16: 2, I32: 4 }

function bad(where: string, expected: string, received: string): MimicitError {
  return new MimicitError('MIMICIT_BAD_WEIGHTS', {
    expected,
    where,
    received,
    hint: 'The file is damaged or not a safetensors file; fetch it again.',
  })
}

/** One half-precision float, widened exactly. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

function widen(type: SafeType, bytes: Uint8Array): Float32Array | Int32Array {
  // A copy, because offsets need not be aligned and views must not keep the whole file alive. (`slice` of a Node Buffer
  // is no copy: its `buffer` would be the whole file.)
  const own = new Uint8Array(bytes).buffer
  switch (type) {
    case 'F32':
      return new Float32Array(own)
    case 'I32':
      return new Int32Array(own)
    case 'F16':
      return Float32Array.from(new Uint16Array(own), half)
    case 'BF16': {
      const bits = Uint32Array.from(new Uint16Array(own), (value) => value << 16)
      return new Float32Array(bits.buffer)
    }
    default:
      throw bad('dtype', Object.keys(bytesOf).join(', '), show(type satisfies never))
  }
}

interface Entry {
  readonly type: SafeType
  readonly shape: readonly number[]
  readonly start: number
  readonly end: number
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

function parseEntry(name: string, raw: unknown, available: number, where: string): Entry {
  const at = `${where}, tensor ${show(name)}`
  if (!isRecord(raw)) throw bad(at, 'an object', show(raw))
  const { dtype, shape, data_offsets } = raw
  if (typeof dtype !== 'string' || !Object.hasOwn(bytesOf, dtype))
    throw bad(at, `a dtype out of ${Object.keys(bytesOf).join(', ')}`, show(dtype))
  const type = dtype as SafeType
  if (!Array.isArray(shape) || !shape.every(isCount)) throw bad(at, 'a shape of whole numbers', show(shape))
  if (!Array.isArray(data_offsets) || data_offsets.length !== 2 || !data_offsets.every(isCount))
    throw bad(at, 'two data offsets', show(data_offsets))
  const [start, end] = data_offsets as [number, number]
  if (start > end || end > available)
    throw bad(at, `data offsets inside the ${available} bytes of data`, show(data_offsets))
  const size = (shape as number[]).reduce((product, n) => product * n, 1)
  if (end - start !== size * bytesOf[type])
    throw bad(at, `${size * bytesOf[type]} bytes for shape [${shape.join(', ')}]`, `${end - start} bytes`)
  return { type, shape: shape as number[], start, end }
}

/** Bytes may belong to one tensor only, and none to nobody, as the format demands. */
function checkCover(entries: ReadonlyMap<string, Entry>, available: number, where: string): void {
  let next = 0
  for (const [name, entry] of [...entries].sort(([, a], [, b]) => a.start - b.start || a.end - b.end)) {
    if (entry.start !== next)
      throw bad(`${where}, tensor ${show(name)}`, `data from byte ${next} on`, `an offset of ${entry.start}`)
    next = entry.end
  }
  if (next !== available) throw bad(where, `${next} bytes of data`, `${available}`)
}

/**
 * Reads a safetensors file.
 *
 * @param bytes The whole file.
 * @param where Its name, for messages.
 * @throws MIMICIT_BAD_WEIGHTS when the header is not one, or an offset, size or type does not fit.
 */
export function readSafeTensors(bytes: Uint8Array, where: string): SafeTensors {
  if (bytes.length < 8) throw bad(where, 'at least 8 bytes', `${bytes.length} bytes`)
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true))
  if (length > maxHeader || length > bytes.length - 8)
    throw bad(where, `a header of at most ${Math.min(maxHeader, bytes.length - 8)} bytes`, `${length}`)
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)))
  } catch (cause) {
    throw bad(where, 'a JSON header', String(cause))
  }
  if (!isRecord(header)) throw bad(where, 'a JSON object as header', show(header))
  const data = bytes.subarray(8 + length)
  const entries = new Map<string, Entry>()
  const metadata: Record<string, string> = {}
  for (const [name, raw] of Object.entries(header)) {
    if (name !== '__metadata__') entries.set(name, parseEntry(name, raw, data.length, where))
    else if (isRecord(raw))
      for (const [key, value] of Object.entries(raw)) metadata[key] = typeof value === 'string' ? value : show(value)
  }
  checkCover(entries, data.length, where)
  const tensors = new Map<string, StateTensor>()
  for (const [name, { type, shape, start, end }] of entries)
    tensors.set(name, { shape, values: widen(type, data.subarray(start, end)) })
  return { tensors, metadata }
}

/**
 * Writes a safetensors file: names in order, so equal content gives equal bytes.
 *
 * @returns The whole file.
 */
export function writeSafeTensors(tensors: StateDict, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const names = [...tensors.keys()].sort()
  // Pairs, and not properties that are set: a tensor may be called __proto__.
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : []
  let offset = 0
  for (const name of names) {
    const tensor = tensors.get(name)
    if (tensor === undefined) continue
    const end = offset + tensor.values.byteLength
    const dtype = tensor.values instanceof Int32Array ? 'I32' : 'F32'
    header.push([name, { dtype, shape: tensor.shape, data_offsets: [offset, end] }])
    offset = end
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)))
  const padded = Math.ceil(json.length / 8) * 8
  const out = new Uint8Array(8 + padded + offset)
  new DataView(out.buffer).setBigUint64(0, BigInt(padded), true)
  out.fill(32, 8, 8 + padded)
  out.set(json, 8)
  let at = 8 + padded
  for (const name of names) {
    const values = tensors.get(name)?.values
    if (values === undefined) continue
    out.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at)
    at += values.byteLength
  }
  return out
}
