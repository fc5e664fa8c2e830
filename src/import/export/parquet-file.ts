// A Parquet file of an export, written row group by row group: memory is one of them.
import type { KeyValue, SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { version } from '../../base/version.js'
import type { Output } from './output.js'

/** A column of the file. */
export interface ExportColumn {
  readonly name: string
  readonly kind: 'string' | 'list<string>' | 'list<image>'
  /** Stored as it is: pictures, and the text of pictures, do not get smaller. */
  readonly raw?: true
}

/** A Parquet file open for writing. */
export interface ExportParquet {
  /** Bytes so far. */
  readonly bytes: number
  readonly rows: number
  /** Writes a row group: for each column its values. */
  writeRowGroup(columns: Readonly<Record<string, readonly unknown[]>>): Promise<void>
  finish(): Promise<void>
}

/** Creates the file. */
export async function createParquetFile(
  output: Output,
  path: string,
  columns: readonly ExportColumn[],
  kvMetadata: KeyValue[],
): Promise<ExportParquet> {
  const sink = await output.file(path)
  const buffer = new ByteWriter(1 << 16)
  const schema = [{ name: 'schema', num_children: columns.length }, ...columns.flatMap(elements)]
  const writer = new ParquetWriter({
    writer: buffer,
    schema,
    codec: 'SNAPPY',
    kvMetadata,
    createdBy: `mimicit ${version}`,
  })
  const drain = async () => {
    await sink.write(buffer.getBytes())
    buffer.index = 0
  }
  let rows = 0
  return {
    get bytes() {
      return buffer.offset
    },
    get rows() {
      return rows
    },
    async writeRowGroup(values) {
      const count = values[columns[0]!.name]!.length
      writer.write({
        columnData: columns.map(({ name, raw }) => ({
          name,
          data: values[name] as unknown[],
          statistics: false,
          ...(raw ? { codec: 'UNCOMPRESSED' as const, encoding: 'PLAIN' as const } : {}),
        })),
        rowGroupSize: count,
      })
      rows += count
      await drain()
    },
    async finish() {
      writer.finish()
      await drain()
      await sink.finish()
    },
  }
}

// Columns may be null, although nothing in them is: `datasets` believes the features of a file only then.
const text = (name: string): SchemaElement => ({
  name,
  type: 'BYTE_ARRAY',
  converted_type: 'UTF8',
  logical_type: { type: 'STRING' },
  repetition_type: 'OPTIONAL',
})

function elements({ name, kind }: ExportColumn): SchemaElement[] {
  if (kind === 'string') return [text(name)]
  const list: SchemaElement[] = [
    { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  ]
  if (kind === 'list<string>') return [...list, text('element')]
  return [
    ...list,
    { name: 'element', repetition_type: 'OPTIONAL', num_children: 2 },
    { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
    text('path'),
  ]
}
