// Typed arrays as one Arrow record batch in the IPC stream format: columns of equal row counts, each row one value, one
// list of fixed length, or one list of text. Numbers are not copied: what is written out are the arrays themselves.
import { END_OF_STREAM, recordBatchMessage, type StreamType, schemaMessage } from './ipc-message.js'

/** A column: `rows` times `width` numbers, or texts. */
export type ArrowColumn =
  | { readonly kind: 'numbers'; readonly values: Int32Array | Float32Array | Uint8Array }
  | { readonly kind: 'texts'; readonly values: readonly string[] }
  | { readonly kind: 'text-lists'; readonly values: readonly (readonly string[])[] }

/** What is encoded. */
export interface ArrowBatch {
  readonly rows: number
  readonly columns: Readonly<Record<string, ArrowColumn>>
  /** Goes into the metadata of the schema. */
  readonly metadata: Readonly<Record<string, string>>
}

/** A column as the format has it: lengths of its nodes and its buffers, both depth first. */
interface Laid {
  readonly type: StreamType
  readonly nodes: readonly number[]
  readonly buffers: readonly Uint8Array[]
}

/** What the format asks buffers to begin at a multiple of, for readers with wide registers. */
const ALIGNMENT = 64
const NOTHING = new Uint8Array(0)
const ZEROS = new Uint8Array(ALIGNMENT)

/**
 * Encodes one record batch with its schema: a complete IPC stream, which any Arrow library reads.
 * @returns its bytes, part by part; the numbers are views of the arrays that were given
 */
export function encodeRecordBatch({ rows, columns, metadata }: ArrowBatch): readonly Uint8Array[] {
  const laid = Object.entries(columns).map(([name, column]) => ({ name, ...layOut(column, rows) }))
  const body: Uint8Array[] = []
  const buffers: { offset: number; length: number }[] = []
  let bytes = 0
  for (const buffer of laid.flatMap((column) => column.buffers)) {
    const length = buffer.byteLength
    buffers.push({ offset: bytes, length })
    if (length === 0) continue
    body.push(buffer)
    const padding = -length & (ALIGNMENT - 1)
    if (padding > 0) body.push(ZEROS.subarray(0, padding))
    bytes += length + padding
  }
  const nodes = laid.flatMap((column) => column.nodes)
  return [schemaMessage(laid, metadata), recordBatchMessage({ rows, nodes, buffers, bytes }), ...body, END_OF_STREAM]
}

/** No column has nulls, so that the buffers which would tell them are empty. */
function layOut(column: ArrowColumn, rows: number): Laid {
  switch (column.kind) {
    case 'numbers': {
      const { values } = column
      const type: StreamType = {
        kind: 'fixed-list',
        element: {
          kind: values instanceof Int32Array ? 'int32' : values instanceof Float32Array ? 'float32' : 'uint8',
        },
        size: rows === 0 ? 0 : values.length / rows,
      }
      return { type, nodes: [rows, values.length], buffers: [NOTHING, NOTHING, bytesOf(values)] }
    }
    case 'texts':
      return { type: { kind: 'utf8' }, nodes: [rows], buffers: textBuffers(column.values) }
    case 'text-lists': {
      const texts = column.values.flat()
      return {
        type: { kind: 'list', element: { kind: 'utf8' } },
        nodes: [rows, texts.length],
        buffers: [NOTHING, offsetsOf(column.values, (list) => list.length), ...textBuffers(texts)],
      }
    }
    default:
      return column satisfies never
  }
}

/** Each text on its own: halves of a character at the ends of two would become one character. */
function textBuffers(texts: readonly string[]): readonly Uint8Array[] {
  const encoded = texts.map((text) => Buffer.from(text))
  return [NOTHING, offsetsOf(encoded, ({ byteLength }) => byteLength), Buffer.concat(encoded)]
}

/** Where each value begins, and the end of the last. */
function offsetsOf<T>(values: readonly T[], lengthOf: (value: T) => number): Uint8Array {
  const offsets = new Int32Array(values.length + 1)
  values.forEach((value, i) => {
    offsets[i + 1] = offsets[i]! + lengthOf(value)
  })
  return bytesOf(offsets)
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Int32Array | Float32Array | Uint8Array) =>
  new Uint8Array(buffer, byteOffset, byteLength)
