// Writes one Parquet shard. Text columns are zstd from the pinned encoder; pictures are stored as they are, PLAIN and
// uncompressed, about one a page with an offset index, so that one picture is one range of the file. Memory is one row
// group: the caller cuts them by bytes.
import type { FileMetaData, OffsetIndex } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { MimicitError } from '../base/errors.js'
import { createSink } from '../io/sink.js'
import { MOST_BLOCK_ROWS } from './manifest.js'
import { MOST_LIST_VALUES, MOST_TEXT_BYTES } from './parquet-footer.js'
import { appendGroup, parquetWriter, writeGroup } from './parquet-group.js'
import { huggingFaceFeatures } from './parquet-schema.js'
import { type PageSpan, pictureSpans, type Span } from './picture-spans.js'
import type { Profile, RowGroupRecord, ShardWriter } from './shard.js'
import { pieceHasher } from './sums.js'
import type { TableSchema } from './table-schema.js'

/** Creates a Parquet file for a table. @param profile `compat`: snappy and a footer of version 1, for old readers */
export async function createParquetShard(path: string, table: TableSchema, profile?: Profile): Promise<ShardWriter> {
  const sink = await createSink(path)
  const buffer = new ByteWriter(1 << 16)
  const rawColumn = table.columns.find((column) => column.raw)
  const writer = await parquetWriter(buffer, table, profile, [
    { key: 'mimicit', value: JSON.stringify({ version: 1, table: table.name }) },
    { key: 'huggingface', value: huggingFaceFeatures(table) },
  ])
  const rowGroups: RowGroupRecord[] = []
  let totalRows = 0

  const sums = pieceHasher()
  /** Sends out what was made; `pictures` is the part of it that no piece covers. */
  const drain = async (pictures?: Span) => {
    const bytes = buffer.getBytes()
    const start = buffer.offset - bytes.byteLength
    if (pictures === undefined) sums.add(bytes)
    else {
      sums.add(bytes.subarray(0, pictures.offset - start))
      sums.skip(pictures.length)
      sums.add(bytes.subarray(pictures.offset - start + pictures.length))
    }
    await sink.write(bytes)
    buffer.index = 0
  }

  return {
    get bytes() {
      return buffer.offset
    },
    async writeRowGroup(rows, columns, encoded) {
      const firstChunk = writer.pendingIndexes.length
      const offset = buffer.offset
      if (encoded === undefined) writeGroup(writer, table, profile, rows, columns)
      else appendGroup(writer, buffer, encoded)
      checkLimits(path, writer.row_groups.at(-1)!)
      const raw = writer.pendingIndexes
        .slice(firstChunk)
        .find(({ chunk }) => chunk.meta_data?.path_in_schema.join('.') === `${rawColumn?.name}.bytes`)
      await drain(
        raw && { offset: Number(raw.chunk.file_offset), length: Number(raw.chunk.meta_data?.total_compressed_size) },
      )
      rowGroups.push({ rows, offset, bytes: buffer.offset - offset })
      totalRows += rows
      if (rawColumn === undefined || raw === undefined) return []
      const images = columns[rawColumn.name] as readonly { readonly bytes: Uint8Array }[]
      return pictureSpans(
        pagesOf(raw, rows),
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

/** Refuses what no reader would take. */
function checkLimits(path: string, { columns, num_rows }: FileMetaData['row_groups'][number]): void {
  const metas = columns.flatMap(({ meta_data }) => (meta_data?.codec === 'UNCOMPRESSED' ? [] : (meta_data ?? [])))
  const text = metas.reduce((sum, meta) => sum + Number(meta.total_uncompressed_size), 0)
  const most = metas.reduce((largest, meta) => Math.max(largest, Number(meta.num_values)), 0)
  if (text <= MOST_TEXT_BYTES && most <= MOST_LIST_VALUES && num_rows <= MOST_BLOCK_ROWS) return
  throw new MimicitError('MIMICIT_BAD_VALUE', {
    expected: `at most ${MOST_TEXT_BYTES} bytes of text, ${MOST_LIST_VALUES} list elements and ${MOST_BLOCK_ROWS} rows in a row group`,
    where: path,
    received: `${text} bytes, ${most} elements and ${num_rows} rows`,
    hint: 'Shorten the longest rows, their metadata above all.',
  })
}

interface ChunkAndIndex {
  readonly chunk: { readonly meta_data?: { data_page_offset: bigint; total_compressed_size: bigint } }
  readonly offsetIndex?: OffsetIndex
}

/** The pages of an uncompressed chunk: from its offset index, or the one page it has without one. */
function pagesOf({ chunk, offsetIndex }: ChunkAndIndex, rows: number): PageSpan[] {
  const locations = offsetIndex?.page_locations ?? [
    {
      offset: chunk.meta_data!.data_page_offset,
      compressed_page_size: Number(chunk.meta_data!.total_compressed_size),
      first_row_index: 0n,
    },
  ]
  return locations.map((page, i) => ({
    end: Number(page.offset) + page.compressed_page_size,
    firstRow: Number(page.first_row_index),
    lastRow: i + 1 < locations.length ? Number(locations[i + 1]!.first_row_index) : rows,
  }))
}
