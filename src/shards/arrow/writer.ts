// Writes one Arrow IPC file. Text tables are compressed buffer by buffer; a table with pictures is stored as it is, so
// that each picture is one range of the file. Memory is one record batch.
import { type Data, makeData, RecordBatch, Struct } from 'apache-arrow'
import { createSink } from '../../io/sink.js'
import { loadZstd } from '../../io/zstd.js'
import type { RowGroupRecord, ShardWriter } from '../shard.js'
import { pieceHasher } from '../sums.js'
import type { TableSchema } from '../table-schema.js'
import { encodeColumn } from './encode.js'
import { IpcFileWriter } from './file-writer.js'
import { spansBehind } from './pictures.js'
import { arrowSchema } from './schema.js'

/** Creates an Arrow file for a table. */
export async function createArrowShard(path: string, table: TableSchema): Promise<ShardWriter> {
  const rawColumn = table.columns.findIndex((column) => column.raw)
  const { compress } = await loadZstd()
  const sink = await createSink(path)
  const writer = new IpcFileWriter(rawColumn < 0 ? compress : undefined)
  const schema = arrowSchema(table)
  const sums = pieceHasher()
  const rowGroups: RowGroupRecord[] = []
  let totalRows = 0
  let written = 0

  const drain = async () => {
    for (const bytes of writer.take()) {
      if (writer.watched !== undefined && bytes.buffer === writer.watched) sums.skip(bytes.byteLength)
      else sums.add(bytes)
      await sink.write(bytes)
      written += bytes.byteLength
    }
  }

  return {
    get bytes() {
      return written
    },
    async writeRowGroup(rows, columns) {
      const children: Data[] = table.columns.map(({ name, kind }) => encodeColumn(kind, columns[name]!))
      const pictures = children[rawColumn]?.children[0]?.values as Uint8Array | undefined
      writer.watched = pictures?.buffer
      const struct = makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children })
      writer.write(new RecordBatch(schema, struct))
      const { offset, length } = writer.lastBatch
      rowGroups.push({ rows, offset, bytes: length })
      totalRows += rows
      await drain()
      if (rawColumn < 0) return []
      const images = columns[table.columns[rawColumn]!.name] as readonly { readonly bytes: Uint8Array }[]
      return spansBehind(
        writer.found!.offset,
        images.map((image) => image.bytes.byteLength),
      )
    },
    async finish() {
      writer.finish()
      await drain()
      const file = await sink.finish()
      return { ...file, rows: totalRows, rowGroups, pieces: sums.finish() }
    },
    abort: () => sink.abort(),
  }
}
