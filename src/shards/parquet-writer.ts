// Writes one Parquet shard. Text columns are zstd from the pinned encoder; pictures are stored as they are, PLAIN and
// uncompressed, about one a page with an offset index, so that one picture is one range of the file. Memory is one row
// group: the caller cuts them by bytes.
import type { FileMetaData } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { MimicitError } from '../base/errors.js'
import { gatherer } from '../io/gather.js'
import { createSink } from '../io/sink.js'
import { loadZstd } from '../io/zstd.js'
import { findGroups } from './footer-parts.js'
import { MOST_BLOCK_ROWS } from './manifest.js'
import { FOOTER_END, MOST_LIST_VALUES, MOST_TEXT_BYTES } from './parquet-footer.js'
import { appendChunk, appendGroup, parquetWriter, writeGroup } from './parquet-group.js'
import { huggingFaceFeatures } from './parquet-schema.js'
import { pictureSpans, type Span } from './picture-spans.js'
import { plainChunkParts, planPlainChunk } from './plain-chunk.js'
import type { Profile, RowGroupRecord, ShardWriter } from './shard.js'
import { pieceHasher } from './sums.js'
import type { TableSchema } from './table-schema.js'

/** A value of a raw column. */
interface Image {
  readonly bytes: Uint8Array
  readonly path: string
}

/** Creates a Parquet file for a table. @param profile `compat`: snappy and a footer of version 1, for old readers */
export async function createParquetShard(path: string, table: TableSchema, profile?: Profile): Promise<ShardWriter> {
  const sink = await createSink(path)
  const buffer = new ByteWriter(1 << 16)
  const rawColumn = table.columns.find((column) => column.raw)
  const writer = parquetWriter(buffer, table, profile, await loadZstd(), [
    { key: 'mimicit', value: JSON.stringify({ version: 1, table: table.name }) },
    { key: 'huggingface', value: huggingFaceFeatures(table) },
  ])
  const rowGroups: RowGroupRecord[] = []
  let totalRows = 0

  const sums = pieceHasher()
  /** Sends out what was made. */
  const drain = async () => {
    const bytes = buffer.getBytes()
    sums.add(bytes)
    await sink.write(bytes)
    buffer.index = 0
  }
  const gather = gatherer(sink)
  /** Writes a raw column: the pictures straight from where they lie, and their paths. */
  const writeImages = async (name: string, images: readonly Image[]): Promise<readonly Span[]> => {
    await drain()
    const pictures = images.map(({ bytes }) => bytes)
    const lengths = pictures.map(({ byteLength }) => byteLength)
    const chunk = planPlainChunk([name, 'bytes'], lengths, buffer.offset)
    await gather.write(plainChunkParts(chunk, pictures))
    // No piece covers them, they have hashes of their own.
    sums.skip(chunk.byteLength)
    buffer.offset += chunk.byteLength
    appendChunk(writer, chunk)
    const paths = images.map(({ path }) => Buffer.from(path, 'utf8'))
    const pathChunk = planPlainChunk(
      [name, 'path'],
      paths.map(({ byteLength }) => byteLength),
      buffer.offset,
    )
    for (const part of plainChunkParts(pathChunk, paths)) buffer.appendBytes(part)
    appendChunk(writer, pathChunk)
    return pictureSpans(chunk.pages, lengths)
  }

  return {
    get bytes() {
      return buffer.offset
    },
    async writeRowGroup(rows, columns, encoded) {
      const offset = buffer.offset
      if (encoded === undefined) writeGroup(writer, table, profile, rows, columns)
      else appendGroup(writer, buffer, encoded)
      const spans =
        rawColumn === undefined ? [] : await writeImages(rawColumn.name, columns[rawColumn.name] as readonly Image[])
      checkLimits(path, writer.row_groups.at(-1)!)
      await drain()
      rowGroups.push({ rows, offset, bytes: buffer.offset - offset })
      totalRows += rows
      return spans
    },
    async finish() {
      writer.finish()
      const { start, footer } = footerAtEnd(buffer.getBytes(), buffer.offset)
      const { places } = findGroups(footer, rowGroups.length)
      await drain()
      const file = await sink.finish()
      const told = rowGroups.map((group, i) => ({ ...group, footer: start + places[i]! }))
      return { ...file, rows: totalRows, rowGroups: told, pieces: sums.finish() }
    },
    abort: () => sink.abort(),
  }
}

/** The footer that the last bytes of a file have, and where it begins in a file of so many bytes. */
function footerAtEnd(bytes: Uint8Array, fileBytes: number): { readonly start: number; readonly footer: Uint8Array } {
  const end = bytes.byteLength - FOOTER_END
  const length = new DataView(bytes.buffer, bytes.byteOffset + end, FOOTER_END).getUint32(0, true)
  return { start: fileBytes - FOOTER_END - length, footer: bytes.subarray(end - length, end) }
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
