// Where the pictures of a Parquet shard lie, read back from its footer and offset indexes: what rebuilding the indexes
// needs, and what the writer knew when it wrote them.
import { parquetMetadataAsync, readOffsetIndex } from 'hyparquet'
import { parquetSource } from './parquet-source.js'
import { type PageSpan, pictureSpans } from './picture-spans.js'
import type { PictureChunk, ShardFile } from './shard.js'

/** The picture columns of a shard, row group by row group; none for a table without pictures. */
export async function pictureChunks(file: ShardFile): Promise<PictureChunk[]> {
  const metadata = await parquetMetadataAsync(parquetSource(file))
  const chunks: PictureChunk[] = []
  for (const group of metadata.row_groups) {
    const column = group.columns.find(({ meta_data }) => meta_data?.path_in_schema.join('.') === 'image.bytes')
    if (column?.meta_data === undefined) continue
    const rows = Number(group.num_rows)
    const offset = Number(column.meta_data.data_page_offset)
    const length = Number(column.meta_data.total_compressed_size)
    let pages: PageSpan[] = [{ end: offset + length, firstRow: 0, lastRow: rows }]
    if (column.offset_index_offset !== undefined && column.offset_index_length !== undefined) {
      const bytes = await file.read(Number(column.offset_index_offset), column.offset_index_length)
      const { page_locations: locations } = readOffsetIndex({
        view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
        offset: 0,
      })
      pages = locations.map((page, i) => ({
        end: Number(page.offset) + page.compressed_page_size,
        firstRow: Number(page.first_row_index),
        lastRow: i + 1 < locations.length ? Number(locations[i + 1]!.first_row_index) : rows,
      }))
    }
    const all = pages
    chunks.push({ rows, chunk: { offset, length }, spans: (lengths) => pictureSpans(all, lengths) })
  }
  return chunks
}
