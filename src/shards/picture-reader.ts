// Pictures by row: index/media.loc says where, one read brings exactly the bytes, their hash says that they are right.
import { webcrypto } from 'node:crypto'
import { MimicitError, show } from '../base/errors.js'
import { sha256 } from '../base/hash.js'
import type { ReadableFile, Store } from '../io/store.js'
import { type IndexReader, openIndexFile } from './index-file.js'
import type { Manifest } from './manifest.js'
import { decodeMediaLocation, MEDIA_LOCATION_BYTES, type MediaLocation } from './media-location.js'
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
  /** Pictures [from, to) in order; neighbours are fetched in one read. */
  range(from: number, to: number): AsyncGenerator<Uint8Array>
  close(): Promise<void>
}

/** Bytes fetched at once when pictures are read in order. */
const READ_AHEAD_BYTES = 4 << 20
/** A picture of at least this size is hashed in another thread when pictures are read in order. */
const OTHER_THREAD_BYTES = 32768

/** Opens nothing yet: index and shards are opened when first needed. */
export function createPictureReader(store: Store, manifest: Manifest): PictureReader {
  const { media } = manifest.tables
  const files = new Map<string, Promise<ReadableFile>>()
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
  const location = async (row: number) => {
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
    const place = decodeMediaLocation(await (await index).record(row))
    const shard = media.shards[place.shard]
    // Before anything is allocated by what the index says.
    if (shard === undefined || place.offset + place.length > shard.bytes) throw badLocation(row, place)
    return place
  }
  const check = (hash: Uint8Array, place: MediaLocation, row: number) => {
    if (Buffer.compare(hash.subarray(0, 8), place.hashPrefix) === 0) return
    throw new MimicitError('MIMICIT_CORRUPT', {
      expected: `picture ${row} as it was stored`,
      where: `${media.shards[place.shard]!.path}, bytes ${place.offset} to ${place.offset + place.length}`,
      received: 'bytes with another SHA-256',
      hint: 'The shard is damaged; run `mimicit verify`, and copy it again from its source.',
    })
  }

  /** Pictures from `row` on that lie together, in one read. */
  const run = async (row: number, to: number) => {
    const first = await location(row)
    const places = [first]
    let end = first.offset + first.length
    // Pictures of one shard lie in row order, with a few bytes of page header between them.
    for (let next = row + 1; next < to; next++) {
      const place = await location(next)
      const reach = place.offset + place.length
      if (place.shard !== first.shard || place.offset < end || reach - first.offset > READ_AHEAD_BYTES) break
      places.push(place)
      end = reach
    }
    const file = await openShard(first.shard)
    return { places, bytes: await file.read(first.offset, end - first.offset) }
  }
  /** Checks several pictures; large ones are hashed by other threads, which is worth the way there. */
  const checkAll = async (parts: readonly Uint8Array[], places: readonly MediaLocation[], row: number) => {
    const checks = parts.map(async (bytes, i) => {
      const place = places[i]!
      if (bytes.byteLength < OTHER_THREAD_BYTES) check(sha256(bytes), place, row + i)
      else check(new Uint8Array(await webcrypto.subtle.digest('SHA-256', bytes)), place, row + i)
    })
    const failed = (await Promise.allSettled(checks)).find((result) => result.status === 'rejected')
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason
  }

  return {
    location,
    async read(row) {
      const place = await location(row)
      const file = await openShard(place.shard)
      const bytes = await file.read(place.offset, place.length)
      check(sha256(bytes), place, row)
      return bytes
    },
    async *range(from, to) {
      let next = from < to ? run(from, to) : undefined
      for (let row = from; next !== undefined; ) {
        const { places, bytes } = await next
        const following: number = row + places.length
        // The next pictures are on their way while these are hashed and used.
        next = following < to ? run(following, to) : undefined
        next?.catch(() => undefined)
        const start = places[0]!.offset
        const parts = places.map((place) => bytes.subarray(place.offset - start, place.offset - start + place.length))
        await checkAll(parts, places, row)
        yield* parts
        row = following
      }
    },
    async close() {
      const opened = await Promise.allSettled(files.values())
      files.clear()
      index = undefined
      for (const file of opened) if (file.status === 'fulfilled') await file.value.close()
    },
  }
}

function badLocation(row: number, place: MediaLocation): MimicitError {
  return new MimicitError('MIMICIT_CORRUPT', {
    expected: 'a location inside the media shards',
    where: `index/media.loc row ${row}`,
    received: `${place.length} bytes at ${place.offset} of shard ${place.shard}`,
    hint: 'The index belongs to another data set; copy it again from its source.',
  })
}
