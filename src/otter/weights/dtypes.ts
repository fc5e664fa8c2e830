// The number types that files of weights hold, and the way from the three floating types that matter (float32, float16,
// bfloat16; float64 is rounded) to float32 and back.
import { MimicitError } from '../../base/errors.js'

/** Bytes of a value, by type, under PyTorch's names. */
export const dtypeBytes = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  float8_e4m3fn: 1,
  float8_e5m2: 1,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint64: 8,
  uint32: 4,
  uint16: 2,
  uint8: 1,
  bool: 1,
} as const satisfies Readonly<Record<string, number>>

/** A type of values in a file. */
export type DType = keyof typeof dtypeBytes

/** Types whose values can be read. */
export const readableDtypes = ['float64', 'float32', 'float16', 'bfloat16'] as const
/** A type whose values can be read. */
export type ReadableDType = (typeof readableDtypes)[number]

/** Types that are written. */
export const writableDtypes = ['float32', 'float16', 'bfloat16'] as const
/** A type that is written. */
export type WritableDType = (typeof writableDtypes)[number]

/** Whether values of this type can be read. */
export const isReadable = (dtype: DType): dtype is ReadableDType => (readableDtypes as readonly DType[]).includes(dtype)

/** One half-precision float, exactly. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

let halves: Float32Array | undefined

/** All half-precision floats: a look-up is ten times as fast as taking each apart. */
function halfTable(): Float32Array {
  halves ??= Float32Array.from({ length: 65_536 }, (_, bits) => halfToFloat(bits))
  return halves
}

/**
 * Widens little-endian values.
 * @param target As long as there are values in `bytes`.
 */
export function widenInto(target: Float32Array, dtype: ReadableDType, bytes: Uint8Array): void {
  const size = dtypeBytes[dtype]
  // A copy where the bytes do not lie on a boundary of their type.
  const own = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes.subarray(0, target.length * size))
  const { buffer, byteOffset } = own
  const length = target.length
  switch (dtype) {
    case 'float32':
      target.set(new Float32Array(buffer, byteOffset, length))
      return
    case 'float64':
      target.set(new Float64Array(buffer, byteOffset, length))
      return
    case 'float16': {
      const table = halfTable()
      const bits = new Uint16Array(buffer, byteOffset, length)
      for (let i = 0; i < length; i++) target[i] = table[bits[i]!]!
      return
    }
    case 'bfloat16': {
      const bits = new Uint16Array(buffer, byteOffset, length)
      const out = new Uint32Array(target.buffer, target.byteOffset, length)
      for (let i = 0; i < length; i++) out[i] = bits[i]! << 16
      return
    }
    default:
      dtype satisfies never
  }
}

/** The upper half of a float32's bits, rounded to the nearest, ties to even. */
function toBfloat16(bits: number): number {
  // A NaN whose payload is in the lower half only would round to an infinity.
  if ((bits & 0x7fff_ffff) > 0x7f80_0000) return (bits >>> 16) | 0x40
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff
}

/** A float32's bits as half precision, rounded to the nearest, ties to even; too large becomes infinite. */
function toFloat16(bits: number): number {
  const sign = (bits >>> 16) & 0x8000
  const size = bits & 0x7fff_ffff
  if (size > 0x7f80_0000) return sign | 0x7e00
  // From 65520 on, half way between the largest half float and the next power of two.
  if (size >= 0x477f_f000) return sign | 0x7c00
  if (size >= 0x3880_0000) {
    const moved = size - 0x3800_0000
    return sign | ((moved + 0xfff + ((moved >>> 13) & 1)) >>> 13)
  }
  // Below 2^-14 halves lie 2^-24 apart.
  const exponent = size >>> 23
  if (exponent < 102) return sign
  const fraction = (size & 0x7f_ffff) | 0x80_0000
  const drop = 126 - exponent
  const kept = fraction >>> drop
  const rest = fraction & ((1 << drop) - 1)
  const half = 1 << (drop - 1)
  return sign | (kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0))
}

/**
 * Values as little-endian bytes of a type.
 * @throws MIMICIT_BAD_VALUE when a finite value would become infinite
 */
export function narrow(values: Float32Array, dtype: WritableDType, where: string): Uint8Array {
  const { buffer, byteOffset, length } = values
  if (dtype === 'float32') return new Uint8Array(buffer, byteOffset, length * 4)
  const bits = new Uint32Array(buffer, byteOffset, length)
  const out = new Uint16Array(length)
  const infinite = dtype === 'float16' ? 0x7c00 : 0x7f80
  const round = dtype === 'float16' ? toFloat16 : toBfloat16
  for (let i = 0; i < length; i++) {
    out[i] = round(bits[i]!)
    if ((out[i]! & 0x7fff) === infinite && (bits[i]! & 0x7fff_ffff) !== 0x7f80_0000)
      throw new MimicitError('MIMICIT_BAD_VALUE', {
        expected: `values that ${dtype} can hold`,
        where,
        received: `${values[i]}`,
        hint: dtype === 'float16' ? 'Use bfloat16 or float32.' : 'Use float32.',
      })
  }
  return new Uint8Array(out.buffer)
}
