// Typed arrays as one Arrow record batch in the IPC stream format: columns of equal row counts, each row one value, one
// list of fixed length, or one list of text. Nothing is copied: what is written out are the arrays themselves.
import {
  Field,
  FixedSizeList,
  Float32,
  Int32,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Uint8,
  util,
} from 'apache-arrow'
import { encodeColumn } from './encode.js'

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

/**
 * Encodes one record batch with its schema: a complete IPC stream, which any Arrow library reads.
 * @returns its bytes, part by part; the numbers are views of the arrays that were given
 */
export function encodeRecordBatch({ rows, columns, metadata }: ArrowBatch): readonly Uint8Array[] {
  const children = Object.entries(columns).map(([name, column]) => ({ name, data: dataOf(column, rows) }))
  const fields = children.map(({ name, data }) => new Field(name, data.type, false))
  const schema = new Schema(fields, new Map(Object.entries(metadata)))
  const type = new Struct(fields)
  const struct = makeData({ type, length: rows, nullCount: 0, children: children.map(({ data }) => data) })
  const writer = new PartsWriter()
  writer.write(new RecordBatch(schema, struct))
  writer.finish()
  return writer.parts
}

/** The writer of the library would join what it has made: a batch of float32 pixels is 19 MB. */
class PartsWriter extends RecordBatchStreamWriter {
  readonly parts: Uint8Array[] = []

  protected override _write(chunk: Parameters<RecordBatchStreamWriter['_write']>[0]): this {
    const bytes = util.toUint8Array(chunk) as Uint8Array
    if (this._started && bytes.byteLength > 0) {
      this.parts.push(bytes)
      this._position += bytes.byteLength
    }
    return this
  }
}

function dataOf(column: ArrowColumn, rows: number) {
  switch (column.kind) {
    case 'numbers':
      return numbers(column.values, rows)
    case 'texts':
      return encodeColumn('string', column.values)
    case 'text-lists':
      return encodeColumn('list<string>', column.values)
    default:
      return column satisfies never
  }
}

function numbers(values: Int32Array | Float32Array | Uint8Array, rows: number) {
  const width = rows === 0 ? 0 : values.length / rows
  const child =
    values instanceof Int32Array
      ? makeData({ type: new Int32(), data: values, length: values.length, nullCount: 0 })
      : values instanceof Float32Array
        ? makeData({ type: new Float32(), data: values, length: values.length, nullCount: 0 })
        : makeData({ type: new Uint8(), data: values, length: values.length, nullCount: 0 })
  const type = new FixedSizeList(width, new Field('item', child.type, false))
  return makeData({ type, length: rows, nullCount: 0, child })
}
