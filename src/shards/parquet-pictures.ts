// Where the pictures of a Parquet shard lie, read back from its footer and offset indexes: what rebuilding the indexes
// needs, and what the writer knew when it wrote them.
import { readOffsetIndex } from 'hyparquet'
import { MimicitError } from '../base/errors.js'
import type { ShardRecord } from './manifest.js'
import type { Chunk } from './parquet-footer.js'
import { placedFooter } from './parquet-reader.js'
import { type PageSpan, pictureSpans } from './picture-spans.js'
import { damagedShard, type PictureChunk, type ShardFile } from './shard.js'
import { thriftEnd } from './thrift-bounds.js'

/**
 * The picture columns of a shard, row group by row group; none for a table without pictures.
 * @throws MimicitError MIMICIT_CORRUPT if the file is not the one that the manifest describes
 */
export async function pictureChunks(file: ShardFile, record: ShardRecord): Promise<PictureChunk[]> {
  const { chunks } = await placedFooter(file, record)
  const found: PictureChunk[] = []
  for (const group of record.rowGroups.keys()) {
    const chunk = chunks(group).find(({ leaf }) => leaf.path === 'image.bytes')
    if (chunk === undefined) continue
    const { rows, start, end } = chunk
    const wrong = (error: unknown) =>
      damagedShard(
        file,
        record,
        `pictures of row group ${group} that are not found (${(error as Error).message})`,
        error,
      )
    const pages = await pagesOf(file, chunk).catch((error) => {
      throw error instanceof MimicitError ? error : wrong(error)
    })
    found.push({
      rows,
      chunk: { offset: start, length: end - start },
      spans(lengths) {
        const spans = pictureSpans(pages, lengths)
        const outside = spans.find(({ offset, length }) => !(offset >= start && length >= 0))
        if (outside === undefined && spans.length === rows) return spans
        throw wrong(new RangeError(`one at ${outside?.offset} of ${outside?.length} bytes`))
      },
    })
  }
  return found
}

/** The pages of a chunk, which divide its rows and its bytes among them in order. */
async function pagesOf(file: ShardFile, { rows, start, end, offsetIndex }: Chunk): Promise<PageSpan[]> {
  if (offsetIndex === undefined) return [{ end, firstRow: 0, lastRow: rows }]
  const { offset, length } = offsetIndex
  if (!Number.isSafeInteger(length) || length < 1 || offset + length > file.byteLength) {
    throw new RangeError(`an offset index of ${length} bytes at ${offset}`)
  }
  const bytes = await file.read(offset, length)
  thriftEnd(bytes, 0, { depth: 4, structs: rows + 1 })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { page_locations: locations } = readOffsetIndex({ view, offset: 0 })
  let reach = start
  const pages = locations.map((page, i): PageSpan => {
    const firstRow = Number(page.first_row_index)
    const lastRow = i + 1 < locations.length ? Number(locations[i + 1]!.first_row_index) : rows
    const from = Number(page.offset)
    const to = from + page.compressed_page_size
    if (!(from >= reach && to > from && to <= end) || !(firstRow < lastRow && lastRow <= rows)) {
      throw new RangeError(`a page of rows ${firstRow} to ${lastRow} at ${from}`)
    }
    reach = to
    return { end: to, firstRow, lastRow }
  })
  if (pages[0]?.firstRow !== 0) throw new RangeError('pages that do not begin with the first row')
  return pages
}
