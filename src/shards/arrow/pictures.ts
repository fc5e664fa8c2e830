// Where the pictures of an Arrow shard lie: the data buffer of `image.bytes` holds them one after the other.
import type { ShardRecord } from '../manifest.js'
import type { Span } from '../picture-spans.js'
import { damagedShard, type PictureChunk, type ShardFile } from '../shard.js'
import { readBatch, readFooter } from './metadata.js'
import { sizeOf } from './shape.js'

/** The pictures that follow each other from an offset. */
export function spansBehind(offset: number, lengths: readonly number[]): Span[] {
  let at = offset
  return lengths.map((length) => {
    const span = { offset: at, length }
    at += length
    return span
  })
}

/**
 * The pictures of a shard, batch by batch; none for a table without pictures.
 * @throws MimicitError MIMICIT_CORRUPT if the file contradicts itself
 */
export async function pictureChunks(file: ShardFile, record: ShardRecord): Promise<PictureChunk[]> {
  try {
    return await chunksOf(file)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw damagedShard(file, record, `pictures that are not found (${error.message})`, error)
  }
}

async function chunksOf(file: ShardFile): Promise<PictureChunk[]> {
  const { columns, blocks } = await readFooter(file)
  let data = 0
  for (const { name, shape } of columns) {
    if (name === 'image') break
    data += sizeOf(shape).buffers
  }
  // Validity of the struct; validity, offsets and data of `bytes`.
  data += 3
  if (!columns.some(({ name }) => name === 'image')) return []
  const chunks: PictureChunk[] = []
  for (const block of blocks) {
    const { rows, buffers } = await readBatch(file, block)
    const offsets = buffers[data - 1]
    const span = buffers[data]
    if (offsets === undefined || span === undefined || offsets.length < 4 * (rows + 1))
      throw new RangeError('no pictures')
    // The buffer is padded; the last offset says where the pictures end.
    const last = await file.read(offsets.offset + 4 * rows, 4)
    const length = new DataView(last.buffer, last.byteOffset, 4).getInt32(0, true)
    if (length < 0 || length > span.length) throw new RangeError(`${length} bytes of pictures`)
    chunks.push({
      rows,
      chunk: { offset: span.offset, length },
      spans: (lengths) => spansBehind(span.offset, lengths),
    })
  }
  return chunks
}
