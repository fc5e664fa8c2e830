// A small safetensors file as a whole, in memory: checkpoints, golden numbers. Large ones are read tensor by tensor
// (open-weights.ts) and written so (write-weights.ts).
import { badWeights } from './bad-weights.js'
import { isReadable, widenInto } from './dtypes.js'
import { elements, type TensorPlace } from './place.js'
import { headerLength, LENGTH_BYTES, parseHeader, safeTensorsStart } from './safetensors-header.js'

/** One tensor: floats of other sizes arrive as float32. */
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

function valuesOf({ dtype, shape, start }: TensorPlace, file: Uint8Array, where: string): Float32Array | Int32Array {
  const size = elements(shape)
  if (isReadable(dtype)) {
    const values = new Float32Array(size)
    widenInto(values, dtype, file.subarray(start))
    return values
  }
  if (dtype !== 'int32') throw badWeights(where, 'floats or int32', dtype, 'Read the file with openWeights.')
  // A copy, because offsets need not be aligned and views must not keep the whole file alive. (`slice` of a Node Buffer
  // is no copy: its `buffer` would be the whole file.)
  return new Int32Array(new Uint8Array(file.subarray(start, start + 4 * size)).buffer)
}

/**
 * Reads a safetensors file.
 *
 * @param bytes The whole file.
 * @param where Its name, for messages.
 * @throws MIMICIT_BAD_WEIGHTS when the header is not one, or an offset, size or type does not fit.
 */
export function readSafeTensors(bytes: Uint8Array, where: string): SafeTensors {
  const end = LENGTH_BYTES + headerLength(bytes, bytes.length, where)
  const { places, metadata } = parseHeader(bytes.subarray(LENGTH_BYTES, end), bytes.length, where)
  const tensors = new Map<string, StateTensor>()
  for (const [name, place] of places)
    tensors.set(name, { shape: place.shape, values: valuesOf(place, bytes, `${where}, tensor ${name}`) })
  return { tensors, metadata }
}

/**
 * Writes a safetensors file: names in order, so equal content gives equal bytes.
 *
 * @returns The whole file.
 */
export function writeSafeTensors(tensors: StateDict, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const sorted = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))
  const start = safeTensorsStart(
    sorted.map(([name, { shape, values }]) => ({
      name,
      shape,
      dtype: values instanceof Int32Array ? 'int32' : 'float32',
    })),
    metadata,
  )
  const out = new Uint8Array(sorted.reduce((bytes, [, { values }]) => bytes + values.byteLength, start.length))
  out.set(start)
  let at = start.length
  for (const [, { values }] of sorted) {
    out.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at)
    at += values.byteLength
  }
  return out
}
