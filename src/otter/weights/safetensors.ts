// A safetensors file of ours as tensors in memory: checkpoints, golden numbers. From and to the disk it goes tensor by tensor,
// because the file of a large model is more than can be read or held at once. Weights of others: open-weights.ts.
import { openFile } from '../../io/directory.js'
import type { ReadableFile } from '../../io/readable.js'
import { createSink } from '../../io/sink.js'
import { badWeights } from './bad-weights.js'
import { isReadable, widenInto } from './dtypes.js'
import { elements, readPlace, type TensorPlace } from './place.js'
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

async function readValues(file: ReadableFile, place: TensorPlace, where: string): Promise<Float32Array | Int32Array> {
  if (place.dtype !== 'int32') return readPlace(file, place, where)
  const bytes = await file.read(place.start, 4 * elements(place.shape))
  return new Int32Array(new Uint8Array(bytes).buffer)
}

/**
 * Reads a safetensors file from the disk, tensor by tensor.
 *
 * @throws MIMICIT_BAD_WEIGHTS as `readSafeTensors`, MIMICIT_NOT_FOUND, MIMICIT_IO
 */
export async function readSafeTensorsFile(path: string): Promise<SafeTensors> {
  const file = await openFile(path)
  try {
    const length = headerLength(await file.read(0, Math.min(LENGTH_BYTES, file.byteLength)), file.byteLength, path)
    const { places, metadata } = parseHeader(await file.read(LENGTH_BYTES, length), file.byteLength, path)
    const tensors = new Map<string, StateTensor>()
    for (const [name, place] of places)
      tensors.set(name, { shape: place.shape, values: await readValues(file, place, `${path}, tensor ${name}`) })
    return { tensors, metadata }
  } finally {
    await file.close()
  }
}

/** A tensor whose values are asked for when it is written. */
export interface LaterTensor {
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32'
  readonly values: () => Promise<Float32Array | Int32Array>
}

/** Tensors that are in memory, as ones that may be asked for. */
export const laterTensors = (state: StateDict): Map<string, LaterTensor> =>
  new Map(
    [...state].map(([name, { shape, values }]) => [
      name,
      { shape, dtype: values instanceof Int32Array ? 'int32' : 'float32', values: async () => values },
    ]),
  )

/**
 * Writes the bytes of `writeSafeTensors` to a file that does not exist yet, one tensor at a time; they are on the disk when
 * this returns.
 */
export async function writeSafeTensorsFile(
  path: string,
  tensors: ReadonlyMap<string, LaterTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const sorted = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, tensor]) => ({ name, ...tensor }))
  const sink = await createSink(path)
  try {
    await sink.write(safeTensorsStart(sorted, metadata))
    for (const { values } of sorted) {
      const { buffer, byteOffset, byteLength } = await values()
      await sink.write(new Uint8Array(buffer, byteOffset, byteLength))
    }
  } catch (error) {
    await sink.abort()
    throw error
  }
  await sink.finish()
}
