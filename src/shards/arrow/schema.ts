// Our columns as Arrow fields. Lists name their values `element`, as the Parquet form does, so that a reader of both sees
// one schema.
import { Binary, type DataType, Field, Float32, Float64, Int32, List, Schema, Struct, Utf8 } from 'apache-arrow'
import { huggingFaceFeatures } from '../parquet-schema.js'
import type { ColumnKind, TableSchema } from '../table-schema.js'

/** The Arrow type of a kind of values. */
export function arrowType(kind: ColumnKind): DataType {
  switch (kind) {
    case 'string':
      return new Utf8()
    case 'bytes':
      return new Binary()
    case 'int32':
      return new Int32()
    case 'float64':
      return new Float64()
    case 'image':
      return new Struct([new Field('bytes', new Binary(), false), new Field('path', new Utf8(), false)])
    case 'list<string>':
      return listOf(new Utf8())
    case 'list<int32>':
      return listOf(new Int32())
    case 'list<float32>':
      return listOf(new Float32())
    case 'list<float64>':
      return listOf(new Float64())
    default:
      return kind satisfies never
  }
}

const listOf = (element: DataType) => new List(new Field('element', element, false))

/** The Arrow schema of a table, with the same metadata as the Parquet form. */
export function arrowSchema(table: TableSchema): Schema {
  return new Schema(
    table.columns.map(({ name, kind, nullable }) => new Field(name, arrowType(kind), nullable)),
    new Map([
      ['mimicit', JSON.stringify({ version: 1, table: table.name })],
      ['huggingface', huggingFaceFeatures(table)],
    ]),
  )
}
