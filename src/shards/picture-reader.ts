// Pictures by row: index/media.loc says where, one read brings exactly the bytes, their hash says that they are right.
import { MimicitError, show } from '../base/errors.js'
import { sha256 } from '../base/hash.js'
import { type ReadableFile, readSound, type Store } from '../io/readable.js'
import { type IndexReader, openIndexFile } from './index-file.js'
import type { Manifest } from './manifest.js'
import { decodeMediaLocation, isPicture, MEDIA_LOCATION_BYTES, type MediaLocation } from './media-location.js'
import { type PictureRead, planPictureReads } from './picture-fetch.js'
import { countRun, type PictureRun } from './picture-run.js'
import { createRunReader, runBytesOf } from './picture-runs.js'
import { damagedShard } from './shard.js'
import { indexRecord } from './stored-table.js'

/** Reads pictures. */
export interface PictureReader {
  /** Where a picture lies: one read of one index block, or none if the block is at hand. */
  location(row: number): Promise<MediaLocation>
  /**
   * The original bytes of a picture: one read of exactly them.
   * @throws MimicitError MIMICIT_CORRUPT if they are not those that were stored
   */
  read(row: number): Promise<Uint8Array>
  /** Plans the reads of pictures of any rows, neighbours in one; their bytes are the caller's own. */
  reads(rows: readonly number[]): Promise<readonly PictureRead[]>
  /** Pictures [from, to) in order, several at a time: neighbours are fetched in one read. */
  range(from: number, to: number): AsyncGenerator<readonly Uint8Array[]>
  close(): Promise<void>
}

/** Opens nothing yet: index and shards are opened when first needed. */
export function createPictureReader(store: Store, manifest: Manifest): PictureReader {
  const { media } = manifest.tables
  const files = new Map<string, Promise<ReadableFile>>()
  const runReader = createRunReader(damagedPicture)
  let index: Promise<IndexReader> | undefined

  const open = (path: string) => {
    let file = files.get(path)
    if (file === undefined) {
      file = store.open(path)
      file.catch(() => files.delete(path))
      files.set(path, file)
    }
    return file
  }
  /** A media shard, which has to be as long as the locations were checked against. */
  const openShard = async (shard: number) => {
    const record = media.shards[shard]!
    const file = await open(record.path)
    if (file.byteLength === record.bytes) return file
    throw damagedShard(file, record, `a file of ${file.byteLength} bytes`)
  }
  const openIndex = async () => {
    const record = indexRecord(manifest, 'media.loc')
    return openIndexFile(await open(record.path), record, MEDIA_LOCATION_BYTES)
  }
  /** Locations from a row on, as many as one index block holds. */
  const locationsFrom = async (row: number) => {
    if (!Number.isInteger(row) || row < 0 || row >= media.rows) {
      throw new MimicitError('MIMICIT_BAD_VALUE', {
        expected: `a media row from 0 to ${media.rows - 1}`,
        where: store.location,
        received: show(row),
      })
    }
    if (index === undefined) {
      index = openIndex()
      index.catch(() => {
        index = undefined
      })
    }
    const bytes = await (await index).recordsFrom(row)
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
  const placeAt = (locations: DataView, at: number, row: number) => {
    const place = decodeMediaLocation(locations, at)
    const shard = media.shards[place.shard]
    // Before anything is allocated by what the index says.
    if (shard === undefined || place.offset + place.length > shard.bytes) throw badLocation(row, place)
    return place
  }
  const location = async (row: number) => placeAt(await locationsFrom(row), 0, row)

  /** The runs of neighbours among the pictures [from, to); none goes over the end of an index block. */
  async function* runs(from: number, to: number): AsyncGenerator<PictureRun> {
    for (let row = from; row < to; ) {
      const block = await locationsFrom(row)
      const records = new DataView(
        block.buffer,
        block.byteOffset,
        Math.min(block.byteLength, (to - row) * MEDIA_LOCATION_BYTES),
      )
      for (let at = 0; at < records.byteLength; ) {
        const file = await openShard(placeAt(records, at, row).shard)
        const rest = new DataView(records.buffer, records.byteOffset + at, records.byteLength - at)
        const count = countRun(rest, runBytesOf(file), file.byteLength)
        const bytes = count * MEDIA_LOCATION_BYTES
        yield { file, firstRow: row, records: new DataView(rest.buffer, rest.byteOffset, bytes) }
        row += count
        at += bytes
      }
    }
  }

  return {
    location,
    async read(row) {
      const place = await location(row)
      const file = await openShard(place.shard)
      const isSound = (bytes: Uint8Array) => isPicture(sha256(bytes), place.hashPrefix)
      return readSound(file, place, isSound, () => damagedPicture(file, row, place))
    },
    reads: (rows) => planPictureReads(rows, { location, openShard, damaged: damagedPicture }),
    range: (from, to) => runReader.read(runs(from, to)),
    async close() {
      await runReader.close()
      const opened = await Promise.allSettled(files.values())
      files.clear()
      index = undefined
      for (const file of opened) if (file.status === 'fulfilled') await file.value.close()
    },
  }
}

function damagedPicture(file: ReadableFile, row: number, place: MediaLocation): MimicitError {
  return new MimicitError('MIMICIT_CORRUPT', {
    expected: `picture ${row} as it was stored`,
    where: `${file.path}, bytes ${place.offset} to ${place.offset + place.length}`,
    received: 'bytes with another SHA-256',
    hint: 'The shard is damaged; run `mimicit verify`, and copy it again from its source.',
  })
}

function badLocation(row: number, place: MediaLocation): MimicitError {
  return new MimicitError('MIMICIT_CORRUPT', {
    expected: 'a location inside the media shards',
    where: `index/media.loc row ${row}`,
    received: `${place.length} bytes at ${place.offset} of shard ${place.shard}`,
    hint: 'The index belongs to another data set; copy it again from its source.',
  })
}
