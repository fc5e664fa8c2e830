// Pictures of any rows, read together: those that lie near each other in a shard come in one read. The reads are planned
// first and started by whoever wants them, so that he decides how many bytes are under way; each picture is checked and
// handed over as soon as its read has come, whatever becomes of the others.
import { sha256 } from '../base/hash.js'
import { type ByteRange, coalesce, LOCAL_JOIN } from '../io/coalesce.js'
import type { ReadableFile } from '../io/store.js'
import { isPicture, type MediaLocation } from './media-location.js'

/** A picture as it was stored, and where. */
export interface FetchedPicture {
  /** In a buffer of its own, which may be handed to another thread; or a part of the room that was given for the read. */
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

/** One read that is to be made. */
export interface PictureRead {
  /** Rows of the pictures it brings. */
  readonly rows: readonly number[]
  /** Bytes of the read. */
  readonly bytes: number
  /**
   * Reads. One promise for each of `rows`, none of which has to be awaited; each fails on its own.
   * @param room where the bytes may lie, as many as those of the read or more; a file far away brings memory of its own
   * @throws nothing; the promises fail with the errors of the store, or with that of a damaged picture
   */
  start(observer?: FetchObserver, room?: Uint8Array): Promise<FetchedPicture>[]
}

/** Where a picture lies. */
interface Placed extends ByteRange {
  readonly row: number
  readonly place: MediaLocation
}

/** Plans the reads of pictures, in the order of their places. */
export async function planPictureReads(rows: readonly number[], source: FetchSource): Promise<PictureRead[]> {
  const located = await Promise.allSettled(rows.map((row) => source.location(row)))
  const shards = new Map<number, Placed[]>()
  const reads: PictureRead[] = []
  located.forEach((result, i) => {
    const row = rows[i]!
    if (result.status === 'rejected') {
      reads.push(failing([row], result.reason))
      return
    }
    const { shard, offset, length } = result.value
    const places = shards.get(shard) ?? []
    places.push({ row, place: result.value, offset, length })
    shards.set(shard, places)
  })
  for (const [shard, places] of [...shards].sort(([a], [b]) => a - b)) {
    try {
      const file = await source.openShard(shard)
      for (const { offset, length, parts } of joinedReads(file, places)) {
        reads.push(
          readOf(
            file,
            { offset, length },
            parts.map((part) => places[part]!),
            source,
          ),
        )
      }
    } catch (error) {
      reads.push(
        failing(
          places.map(({ row }) => row),
          error,
        ),
      )
    }
  }
  return reads
}

function failing(rows: readonly number[], error: unknown): PictureRead {
  const start = () =>
    rows.map(() => {
      const failed = Promise.reject<FetchedPicture>(error)
      failed.catch(() => undefined)
      return failed
    })
  return { rows, bytes: 0, start }
}

function readOf(file: ReadableFile, range: ByteRange, pictures: readonly Placed[], source: FetchSource): PictureRead {
  const bytesOf = async (room: Uint8Array | undefined) => {
    if (room === undefined || file.readInto === undefined) return file.read(range.offset, range.length)
    const bytes = room.subarray(0, range.length)
    await file.readInto(bytes, range.offset)
    return bytes
  }
  const start = (observer: FetchObserver = {}, room?: Uint8Array) => {
    const began = performance.now()
    const read = bytesOf(room).then((bytes) => {
      const wanted = pictures.reduce((sum, { length }) => sum + length, 0)
      observer.read?.(range.length, Math.min(wanted, range.length), performance.now() - began)
      return bytes
    })
    return pictures.map(({ row, place }) => {
      const picture = read.then(async (bytes) => {
        const from = place.offset - range.offset
        const part = bytes.subarray(from, from + place.length)
        // A copy of one among several: a picture that is kept must not hold its neighbours. (A Buffer's slice is none.)
        const own = pictures.length === 1 || bytes.buffer === room?.buffer ? part : new Uint8Array(part)
        const hashing = performance.now()
        const sound = isPicture(sha256(own), place.hashPrefix)
        observer.hash?.(performance.now() - hashing)
        if (sound) return { bytes: own, path: file.path }
        // One that broke on its way from far is fetched again, alone.
        const again = await file.readAgain?.(place.offset, place.length)
        if (again === undefined || !isPicture(sha256(again), place.hashPrefix)) throw source.damaged(file, row, place)
        return { bytes: again, path: file.path }
      })
      picture.catch(() => undefined)
      return picture
    })
  }
  return { rows: pictures.map(({ row }) => row), bytes: range.length, start }
}

/** A file far away joins reads by itself, by what a request costs there. */
function joinedReads(file: ReadableFile, places: readonly Placed[]) {
  if (file.localPath !== undefined) return coalesce(places, LOCAL_JOIN)
  return places.map(({ offset, length }, part) => ({ offset, length, parts: [part] }))
}
