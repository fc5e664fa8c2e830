// Column values as Arrow arrays, built straight into their buffers: the builders of the library take seconds for what
// pictures weigh. Offsets are 32 bits, which bounds a column of a record batch to 2 GiB.
import { Binary, type Data, type DataType, Float32, Float64, Int32, makeData, Utf8 } from 'apache-arrow'
import { MimicitError } from '../../base/errors.js'
import type { ColumnKind } from '../table-schema.js'
import { arrowType } from './schema.js'

/** The array of one column of a record batch. Null and undefined are null. */
export function encodeColumn(kind: ColumnKind, values: readonly unknown[]): Data {
  switch (kind) {
    case 'string':
    case 'bytes':
    case 'int32':
    case 'float64':
      return encodeFlat(arrowType(kind), values)
    case 'image': {
      const images = values as readonly { readonly bytes: Uint8Array; readonly path: string }[]
      const children = [
        encodeFlat(
          new Binary(),
          images.map((image) => image.bytes),
        ),
        encodeFlat(
          new Utf8(),
          images.map((image) => image.path),
        ),
      ]
      return makeData({ type: arrowType(kind), length: values.length, nullCount: 0, children } as never)
    }
    case 'list<string>':
      return encodeList(kind, new Utf8(), values)
    case 'list<int32>':
      return encodeList(kind, new Int32(), values)
    case 'list<float32>':
      return encodeList(kind, new Float32(), values)
    case 'list<float64>':
      return encodeList(kind, new Float64(), values)
    default:
      return kind satisfies never
  }
}

function encodeList(kind: ColumnKind, element: DataType, values: readonly unknown[]): Data {
  const lists = values as readonly (ArrayLike<unknown> | null | undefined)[]
  const valueOffsets = offsetsOf(lists, (list) => list.length)
  const inner: unknown[] = new Array(valueOffsets[lists.length]!)
  let at = 0
  for (const list of lists) for (let i = 0; i < (list?.length ?? 0); i++) inner[at++] = list![i]
  const child = encodeFlat(element, inner)
  return makeData({ type: arrowType(kind), length: values.length, ...validity(values), valueOffsets, child } as never)
}

function encodeFlat(type: DataType, values: readonly unknown[]): Data {
  const base = { type, length: values.length, ...validity(values) }
  if (type instanceof Utf8) {
    const valueOffsets = offsetsOf(values as readonly (string | null)[], (text) => Buffer.byteLength(text, 'utf8'))
    const data = Buffer.allocUnsafeSlow(valueOffsets[values.length]!)
    values.forEach((text, i) => {
      if (text !== null && text !== undefined) data.write(text as string, valueOffsets[i]!, 'utf8')
    })
    return makeData({ ...base, valueOffsets, data } as never)
  }
  if (type instanceof Binary) {
    const valueOffsets = offsetsOf(values as readonly (Uint8Array | null)[], (bytes) => bytes.byteLength)
    // Memory of its own: the writer knows the pictures by their buffer.
    const data = new Uint8Array(new ArrayBuffer(valueOffsets[values.length]!))
    values.forEach((bytes, i) => {
      if (bytes !== null && bytes !== undefined) data.set(bytes as Uint8Array, valueOffsets[i]!)
    })
    return makeData({ ...base, valueOffsets, data } as never)
  }
  const numbers = values.map((value) => (value ?? 0) as number)
  return makeData({ ...base, data: type.ArrayType.from(numbers) } as never)
}

function offsetsOf<T>(values: readonly (T | null | undefined)[], lengthOf: (value: T) => number): Int32Array {
  const offsets = new Int32Array(values.length + 1)
  let at = 0
  values.forEach((value, i) => {
    if (value !== null && value !== undefined) at += lengthOf(value)
    if (at >= 2 ** 31) throw tooLarge()
    offsets[i + 1] = at
  })
  return offsets
}

function validity(values: readonly unknown[]): { readonly nullCount: number; readonly nullBitmap?: Uint8Array } {
  const nullCount = values.reduce<number>((count, value) => count + (value === null || value === undefined ? 1 : 0), 0)
  if (nullCount === 0) return { nullCount }
  const nullBitmap = new Uint8Array(Math.ceil(values.length / 8))
  values.forEach((value, i) => {
    if (value !== null && value !== undefined) nullBitmap[i >> 3]! |= 1 << (i & 7)
  })
  return { nullCount, nullBitmap }
}

function tooLarge(): MimicitError {
  return new MimicitError('MIMICIT_BAD_VALUE', {
    expected: 'less than 2 GiB in one column of one record batch',
    where: 'the Arrow form',
    received: 'more',
    hint: 'Keep this data set in the Parquet form.',
  })
}
