// Typed arrays as one Arrow record batch in the IPC stream format: columns of equal row counts, each row one value, one
// list of fixed length, or one list of text. Arrays are not copied before they are written out.
import {
  Field,
  FixedSizeList,
  Float32,
  Int32,
  List,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Uint8,
  Utf8,
  vectorFromArray,
} from 'apache-arrow'

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

/** Encodes one record batch with its schema: a complete IPC stream, which any Arrow library reads. */
export function encodeRecordBatch({ rows, columns, metadata }: ArrowBatch): Uint8Array {
  const children = Object.entries(columns).map(([name, column]) => ({ name, data: dataOf(column, rows) }))
  const fields = children.map(({ name, data }) => new Field(name, data.type, false))
  const schema = new Schema(fields, new Map(Object.entries(metadata)))
  const type = new Struct(fields)
  const struct = makeData({ type, length: rows, nullCount: 0, children: children.map(({ data }) => data) })
  const writer = new RecordBatchStreamWriter()
  writer.write(new RecordBatch(schema, struct))
  writer.finish()
  return writer.toUint8Array(true)
}

function dataOf(column: ArrowColumn, rows: number) {
  switch (column.kind) {
    case 'numbers':
      return numbers(column.values, rows)
    case 'texts':
      return vectorFromArray([...column.values], new Utf8()).data[0]!
    case 'text-lists': {
      const type = new List(new Field('item', new Utf8(), false))
      return vectorFromArray(
        column.values.map((texts) => [...texts]),
        type,
      ).data[0]!
    }
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
