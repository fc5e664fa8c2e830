// Arrow arrays as column values. Every length follows from one that was checked before (rows, then offsets, then data), so
// a buffer that is longer or shorter than its values need is refused before it is decompressed.
import type { Batch } from './metadata.js'
import { type Shape, sizeOf } from './shape.js'

/** A text buffer holds less than this; more is no table of ours. */
const MOST_BUFFER_BYTES = 2 ** 30
/** Buffers may be padded. */
const PADDING = 64

/** How the bytes of a buffer are had. */
export interface Buffers {
  /** The bytes of a buffer as they stand in the file. */
  stored(buffer: number): Uint8Array
  decompress(bytes: Uint8Array, length: number): Uint8Array
}

/**
 * The values of one column.
 * @param first numbers of its first node and buffer
 * @throws RangeError if the batch contradicts itself
 */
export function decodeColumn(
  batch: Batch,
  shape: Shape,
  first: { readonly node: number; readonly buffer: number },
  buffers: Buffers,
): unknown[] {
  return values(shape, batch.rows, first.node, first.buffer)

  function values(form: Shape, length: number, node: number, buffer: number): unknown[] {
    if (batch.nodes[node] !== length) throw new RangeError(`${batch.nodes[node]} values instead of ${length}`)
    const valid = validity(length, buffer)
    const nullable = (value: (i: number) => unknown) =>
      Array.from({ length }, (_, i) => (valid === undefined || valid(i) ? value(i) : undefined))
    switch (form.kind) {
      case 'int32': {
        const data = numbers(buffer + 1, length, 4)
        return nullable((i) => data.getInt32(i * 4, true))
      }
      case 'float32': {
        const data = numbers(buffer + 1, length, 4)
        return nullable((i) => data.getFloat32(i * 4, true))
      }
      case 'float64': {
        const data = numbers(buffer + 1, length, 8)
        return nullable((i) => data.getFloat64(i * 8, true))
      }
      case 'string':
      case 'bytes': {
        const at = offsets(buffer + 1, length)
        const data = exactly(buffer + 2, at(length))
        if (form.kind === 'bytes') return nullable((i) => data.subarray(at(i), at(i + 1)))
        const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
        return nullable((i) => text.toString('utf8', at(i), at(i + 1)))
      }
      case 'list': {
        const at = offsets(buffer + 1, length)
        const inner = values(form.element, at(length), node + 1, buffer + 2)
        return nullable((i) => inner.slice(at(i), at(i + 1)))
      }
      case 'struct': {
        let nextNode = node + 1
        let nextBuffer = buffer + 1
        const fields = form.fields.map(({ name, shape: inner }) => {
          const column = values(inner, length, nextNode, nextBuffer)
          const size = sizeOf(inner)
          nextNode += size.nodes
          nextBuffer += size.buffers
          return [name, column] as const
        })
        return nullable((i) => Object.fromEntries(fields.map(([name, column]) => [name, column[i]])))
      }
      default:
        return form satisfies never
    }
  }

  function validity(length: number, buffer: number): ((i: number) => boolean) | undefined {
    if (batch.buffers[buffer]?.length === 0) return undefined
    const bits = exactly(buffer, Math.ceil(length / 8))
    return (i) => ((bits[i >> 3]! >> (i & 7)) & 1) === 1
  }

  /** Offsets that rise from 0. */
  function offsets(buffer: number, length: number): (i: number) => number {
    if (length === 0 && batch.buffers[buffer]?.length === 0) return () => 0
    const data = numbers(buffer, length + 1, 4)
    let before = 0
    for (let i = 0; i <= length; i++) {
      const at = data.getInt32(i * 4, true)
      if (at < before || (i === 0 && at !== 0)) throw new RangeError('offsets that do not rise from 0')
      before = at
    }
    return (i) => data.getInt32(i * 4, true)
  }

  function numbers(buffer: number, length: number, width: number): DataView {
    const bytes = exactly(buffer, length * width)
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** The bytes of a buffer, decompressed, which must be this many but for padding. */
  function exactly(buffer: number, length: number): Uint8Array {
    const stored = buffers.stored(buffer)
    const check = (found: number) => {
      if (found < length || found > length + PADDING) {
        throw new RangeError(`a buffer of ${found} bytes where ${length} are needed`)
      }
    }
    if (!batch.compressed || stored.byteLength === 0) {
      check(stored.byteLength)
      return stored.subarray(0, length)
    }
    if (stored.byteLength < 8) throw new RangeError('a compressed buffer without its length')
    const full = Number(new DataView(stored.buffer, stored.byteOffset, 8).getBigInt64(0, true))
    const content = stored.subarray(8)
    check(full === -1 ? content.byteLength : full)
    if (full === -1) return content.subarray(0, length)
    if (full > MOST_BUFFER_BYTES) throw new RangeError(`a buffer of ${full} bytes`)
    return buffers.decompress(content, full).subarray(0, length)
  }
}
