// Our columns as Parquet schema elements, and as the `huggingface` metadata that makes `datasets` see pictures and
// int32 lists as what they are. Lists are the three-level form of the Parquet specification.
import type { SchemaElement } from 'hyparquet'
import type { Column, ColumnKind, TableSchema } from './table-schema.js'

const primitive = (name: string, kind: string, repetition: 'REQUIRED' | 'OPTIONAL'): SchemaElement => {
  switch (kind) {
    case 'string':
      return {
        name,
        type: 'BYTE_ARRAY',
        converted_type: 'UTF8',
        logical_type: { type: 'STRING' },
        repetition_type: repetition,
      }
    case 'int32':
      return { name, type: 'INT32', repetition_type: repetition }
    case 'float32':
      return { name, type: 'FLOAT', repetition_type: repetition }
    case 'float64':
      return { name, type: 'DOUBLE', repetition_type: repetition }
    default:
      return { name, type: 'BYTE_ARRAY', repetition_type: repetition }
  }
}

function columnElements({ name, kind, nullable }: Column): SchemaElement[] {
  const repetition = nullable ? 'OPTIONAL' : 'REQUIRED'
  if (kind === 'image') {
    return [
      { name, repetition_type: repetition, num_children: 2 },
      primitive('bytes', 'bytes', 'REQUIRED'),
      primitive('path', 'string', 'REQUIRED'),
    ]
  }
  const inner = /^list<(.+)>$/.exec(kind)?.[1]
  if (inner === undefined) return [primitive(name, kind, repetition)]
  return [
    { name, repetition_type: repetition, num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    primitive('element', inner, 'REQUIRED'),
  ]
}

/** The Parquet schema of a table, root first. */
export function parquetSchema(table: TableSchema): SchemaElement[] {
  return [{ name: 'schema', num_children: table.columns.length }, ...table.columns.flatMap(columnElements)]
}

function feature(kind: ColumnKind): unknown {
  const value = (dtype: string) => ({ dtype, _type: 'Value' })
  const inner = /^list<(.+)>$/.exec(kind)?.[1]
  if (inner !== undefined) return { feature: value(inner), _type: 'List' }
  if (kind === 'image') return { _type: 'Image' }
  return value(kind === 'bytes' ? 'binary' : kind)
}

/** The value of the `huggingface` key of the file metadata (Hugging Face `datasets`, Features as JSON). */
export function huggingFaceFeatures(table: TableSchema): string {
  const features = Object.fromEntries(table.columns.map((column) => [column.name, feature(column.kind)]))
  return JSON.stringify({ info: { features } })
}
