// Pictures of any rows, read together: those that lie near each other in a shard come in one read, and each is checked and
// handed over as soon as its read has come, whatever becomes of the others.
import { sha256 } from '../base/hash.js'
import { type ByteRange, coalesce } from '../io/coalesce.js'
import type { ReadableFile } from '../io/store.js'
import { isPicture, type MediaLocation } from './media-location.js'

/** A picture as it was stored, and where. */
export interface FetchedPicture {
  /** In a buffer of its own, which may be handed to another thread. */
  readonly bytes: Uint8Array
  /** Path of its shard. */
  readonly path: string
}

/** Hears what reading costs. */
export interface FetchObserver {
  /** One read: its bytes, those of them that were wanted, and milliseconds from asking to having them. */
  read?(bytes: number, wanted: number, ms: number): void
  /** Milliseconds of hashing a picture. */
  hash?(ms: number): void
}

/** What fetching needs of the reader of pictures. */
export interface FetchSource {
  location(row: number): Promise<MediaLocation>
  openShard(shard: number): Promise<ReadableFile>
  damaged(file: ReadableFile, row: number, place: MediaLocation): Error
}

/** Bytes of a local file read for nothing at most to save one read: what a disk brings while it seeks. */
const GAP_BYTES = 64 << 10
const JOINED_BYTES = 4 << 20

/** Where a picture lies, with the shard open. */
interface Place extends ByteRange {
  readonly index: number
  readonly place: MediaLocation
}

/** A read under way. */
interface Read {
  readonly bytes: Promise<Uint8Array>
  readonly offset: number
  /** How many pictures it brings. */
  readonly pictures: number
}

/**
 * Reads pictures; one promise a row, in the order given. None of them has to be awaited.
 * @returns promises that fail each on its own: with what `source` throws, or with its error of a damaged picture
 */
export function fetchPictures(
  rows: readonly number[],
  source: FetchSource,
  observer: FetchObserver = {},
): Promise<FetchedPicture>[] {
  const reads = startReads(rows, source, observer)
  return rows.map((row, index) => {
    const picture = pictureOf(row, index)
    picture.catch(() => undefined)
    return picture
  })

  async function pictureOf(row: number, index: number): Promise<FetchedPicture> {
    const { file, place, read } = (await reads)[index]!()
    const bytes = await read.bytes
    const from = place.offset - read.offset
    // A copy of one among several: a picture that is kept must not hold its neighbours. (A Buffer's slice is no copy.)
    const own = read.pictures === 1 ? bytes : new Uint8Array(bytes.subarray(from, from + place.length))
    const began = performance.now()
    const sound = isPicture(sha256(own), place.hashPrefix)
    observer.hash?.(performance.now() - began)
    if (!sound) throw source.damaged(file, row, place)
    return { bytes: own, path: file.path }
  }
}

type Started = { readonly file: ReadableFile; readonly place: MediaLocation; readonly read: Read }

/** Starts every read. Gives, for each row, a function that tells its read or throws why there is none. */
async function startReads(
  rows: readonly number[],
  source: FetchSource,
  observer: FetchObserver,
): Promise<(() => Started)[]> {
  const located = await Promise.allSettled(rows.map((row) => source.location(row)))
  const shards = new Map<number, Place[]>()
  located.forEach((result, index) => {
    if (result.status === 'rejected') return
    const { shard, offset, length } = result.value
    const places = shards.get(shard) ?? []
    places.push({ index, place: result.value, offset, length })
    shards.set(shard, places)
  })
  const started: (() => Started)[] = located.map((result) => () => {
    throw result.status === 'rejected' ? result.reason : new Error('a picture that nothing reads')
  })
  const starting = [...shards].map(async ([shard, places]) => {
    try {
      const file = await source.openShard(shard)
      for (const { offset, length, parts } of joinedReads(file, places)) {
        const began = performance.now()
        const bytes = file.read(offset, length)
        const wanted = parts.reduce((sum, part) => sum + places[part]!.length, 0)
        bytes.then(
          () => observer.read?.(length, Math.min(wanted, length), performance.now() - began),
          () => undefined,
        )
        const read: Read = { bytes, offset, pictures: parts.length }
        for (const part of parts) {
          const { index, place } = places[part]!
          started[index] = () => ({ file, place, read })
        }
      }
    } catch (error) {
      for (const { index } of places) {
        started[index] = () => {
          throw error
        }
      }
    }
  })
  await Promise.all(starting)
  return started
}

/** A file far away joins reads by itself, by what a request costs there. */
function joinedReads(file: ReadableFile, places: readonly Place[]) {
  if (file.localPath !== undefined) return coalesce(places, GAP_BYTES, JOINED_BYTES)
  return places.map(({ offset, length }, part) => ({ offset, length, parts: [part] }))
}
