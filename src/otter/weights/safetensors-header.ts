// The header of a safetensors file, read with every size and offset checked before it is used, because such files come
// from strangers.
import { show } from '../../base/errors.js'
import { badWeights } from './bad-weights.js'
import { type DType, dtypeBytes } from './dtypes.js'
import { elements, rowMajor, type TensorPlace } from './place.js'

/** Bytes before the header: its length. */
export const LENGTH_BYTES = 8
const MOST_HEADER_BYTES = 100_000_000
const MOST_AXES = 64

/** Our names of the format's types. */
const dtypeOf: Readonly<Record<string, DType>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  F8_E4M3: 'float8_e4m3fn',
  F8_E5M2: 'float8_e5m2',
  I64: 'int64',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U64: 'uint64',
  U32: 'uint32',
  U16: 'uint16',
  U8: 'uint8',
  BOOL: 'bool',
}

/** The format's names of our types. */
export const safeName = Object.fromEntries(Object.entries(dtypeOf).map(([name, dtype]) => [dtype, name])) as Readonly<
  Record<DType, string>
>

/** What a header says. */
export interface SafeTensorsHeader {
  /** By name, in the order of the file. */
  readonly places: ReadonlyMap<string, TensorPlace>
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * Length of the header in bytes.
 * @throws MIMICIT_BAD_WEIGHTS when the file cannot hold it
 */
export function headerLength(first: Uint8Array, fileBytes: number, where: string): number {
  if (fileBytes < LENGTH_BYTES) throw badWeights(where, 'at least 8 bytes', `${fileBytes} bytes`)
  const length = Number(new DataView(first.buffer, first.byteOffset, LENGTH_BYTES).getBigUint64(0, true))
  const most = Math.min(MOST_HEADER_BYTES, fileBytes - LENGTH_BYTES)
  if (length > most) throw badWeights(where, `a header of at most ${most} bytes`, `${length}`)
  return length
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

function parseEntry(name: string, raw: unknown, dataStart: number, available: number, where: string): TensorPlace {
  const at = `${where}, tensor ${show(name)}`
  if (!isRecord(raw)) throw badWeights(at, 'an object', show(raw))
  const { dtype, shape, data_offsets } = raw
  if (typeof dtype !== 'string' || !Object.hasOwn(dtypeOf, dtype))
    throw badWeights(at, `a dtype out of ${Object.keys(dtypeOf).join(', ')}`, show(dtype))
  const type = dtypeOf[dtype]!
  if (!Array.isArray(shape) || shape.length > MOST_AXES || !shape.every(isCount))
    throw badWeights(at, 'a shape of whole numbers', show(shape))
  if (!Array.isArray(data_offsets) || data_offsets.length !== 2 || !data_offsets.every(isCount))
    throw badWeights(at, 'two data offsets', show(data_offsets))
  const [start, end] = data_offsets as [number, number]
  if (start > end || end > available)
    throw badWeights(at, `data offsets inside the ${available} bytes of data`, show(data_offsets))
  const bytes = elements(shape) * dtypeBytes[type]
  if (end - start !== bytes)
    throw badWeights(at, `${bytes} bytes for shape [${shape.join(', ')}]`, `${end - start} bytes`)
  return { dtype: type, shape, strides: rowMajor(shape), start: dataStart + start }
}

/** Bytes may belong to one tensor only, and none to nobody, as the format demands. */
function checkCover(places: ReadonlyMap<string, TensorPlace>, dataStart: number, end: number, where: string): void {
  let next = dataStart
  const ends = [...places].map(
    ([name, { start, shape, dtype }]) => [name, start, start + elements(shape) * dtypeBytes[dtype]] as const,
  )
  for (const [name, start, last] of ends.sort((a, b) => a[1] - b[1] || a[2] - b[2])) {
    if (start !== next)
      throw badWeights(
        `${where}, tensor ${show(name)}`,
        `data from byte ${next - dataStart} on`,
        `an offset of ${start - dataStart}`,
      )
    next = last
  }
  if (next !== end) throw badWeights(where, `${next - dataStart} bytes of data`, `${end - dataStart}`)
}

/**
 * Reads a header.
 * @param bytes The header without its length.
 * @throws MIMICIT_BAD_WEIGHTS when it is not one, or an offset, size or type does not fit
 */
export function parseHeader(bytes: Uint8Array, fileBytes: number, where: string): SafeTensorsHeader {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw badWeights(where, 'a JSON header', String(cause))
  }
  if (!isRecord(header)) throw badWeights(where, 'a JSON object as header', show(header))
  const dataStart = LENGTH_BYTES + bytes.length
  const places = new Map<string, TensorPlace>()
  const metadata: Record<string, string> = {}
  for (const [name, raw] of Object.entries(header)) {
    if (name !== '__metadata__') places.set(name, parseEntry(name, raw, dataStart, fileBytes - dataStart, where))
    else if (isRecord(raw))
      for (const [key, value] of Object.entries(raw)) metadata[key] = typeof value === 'string' ? value : show(value)
  }
  checkCover(places, dataStart, fileBytes, where)
  return { places, metadata }
}

/** A tensor to be written. */
export interface TensorToWrite {
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
}

/**
 * The beginning of a file: length and header, padded so that the data begin at a multiple of eight bytes. The data of the
 * tensors follow in the order given.
 */
export function safeTensorsStart(
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  // Pairs, and not properties that are set: a tensor may be called __proto__.
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : []
  let offset = 0
  for (const { name, dtype, shape } of tensors) {
    const end = offset + elements(shape) * dtypeBytes[dtype]
    header.push([name, { dtype: safeName[dtype], shape, data_offsets: [offset, end] }])
    offset = end
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)))
  const padded = Math.ceil(json.length / 8) * 8
  const out = new Uint8Array(LENGTH_BYTES + padded).fill(32, LENGTH_BYTES)
  new DataView(out.buffer).setBigUint64(0, BigInt(padded), true)
  out.set(json, LENGTH_BYTES)
  return out
}
