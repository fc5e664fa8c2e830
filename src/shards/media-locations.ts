// Where every picture of a data set lies, as columns: for plans over all of them. Memory is twenty bytes a picture.
import type { Dataset } from './dataset.js'
import { lengthAt, MEDIA_LOCATION_BYTES, offsetAt, shardAt } from './media-location.js'
import { indexBlocks, indexRecord } from './stored-table.js'

/** Entry i is about media row i. */
export interface MediaLocations {
  readonly shard: Int32Array
  readonly offset: Float64Array
  readonly bytes: Float64Array
}

/** Reads index/media.loc. @throws MimicitError MIMICIT_CORRUPT, MIMICIT_NOT_FOUND, MIMICIT_BAD_MANIFEST */
export async function readMediaLocations({ store, manifest }: Pick<Dataset, 'store' | 'manifest'>) {
  const { rows } = manifest.tables.media
  const places: MediaLocations = {
    shard: new Int32Array(rows),
    offset: new Float64Array(rows),
    bytes: new Float64Array(rows),
  }
  let row = 0
  for await (const block of indexBlocks(store, indexRecord(manifest, 'media.loc'))) {
    const records = new DataView(block.buffer, block.byteOffset, block.byteLength)
    for (let at = 0; at < records.byteLength; at += MEDIA_LOCATION_BYTES, row++) {
      places.shard[row] = shardAt(records, at)
      places.offset[row] = offsetAt(records, at)
      places.bytes[row] = lengthAt(records, at)
    }
  }
  return places
}
