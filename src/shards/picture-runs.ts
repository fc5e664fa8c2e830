// Pictures in order: neighbours come in one read, the next reads are under way while the last pictures are used, and where
// the file lies on this machine threads read and hash, since hashing is what bounds the stream.
import { sha256 } from '../base/hash.js'
import type { ReadableFile } from '../io/store.js'
import { decodeMediaLocation, isPicture, MEDIA_LOCATION_BYTES, type MediaLocation } from './media-location.js'
import { extentOf, findDamaged, type PictureRun, picturesOf } from './picture-run.js'
import { type RunThreads, startRunThreads } from './picture-run-threads.js'

/**
 * Bytes of a run at most, unless one picture is larger. Near, those under way must stay below about 4 MB: V8 frees buffers
 * cheaply if few of them are alive whenever it looks, and else marks its whole heap again and again. Far away a request
 * costs more than its bytes.
 */
const RUN_BYTES = { near: 512 << 10, far: 4 << 20 }
/** Runs under way at once; the first of a stream are fewer, for those who want just a few pictures. */
const RUNS_AHEAD = 6
/** A stream that has got this far is worth threads, which take tens of milliseconds to start. */
const RUNS_BEFORE_THREADS = 32

/** Bytes of a run of a file at most. */
export const runBytesOf = (file: ReadableFile) => (file.localPath === undefined ? RUN_BYTES.far : RUN_BYTES.near)

/** Reads runs of pictures; what it holds is given back by `close`. */
export interface RunReader {
  /**
   * Reads runs in order, checked.
   * @throws MimicitError the `damaged` of the reader, for a picture whose bytes are not those that were stored
   */
  read(runs: AsyncIterable<PictureRun>): AsyncGenerator<readonly Uint8Array[]>
  close(): Promise<void>
}

/** @param damaged the error of a picture whose bytes are not those that were stored */
export function createRunReader(damaged: (file: ReadableFile, row: number, place: MediaLocation) => Error): RunReader {
  let threads: RunThreads | undefined
  let closed = false
  const readHere = async ({ file, firstRow, records }: PictureRun) => {
    const { offset, length } = extentOf(records)
    const pictures = picturesOf(await file.read(offset, length), records)
    for (let wrong = findDamaged(pictures, records); wrong >= 0; wrong = findDamaged(pictures, records)) {
      const place = decodeMediaLocation(records, wrong * MEDIA_LOCATION_BYTES)
      // One that broke on its way from far is fetched again, alone.
      const again = await file.readAgain?.(place.offset, place.length)
      if (again === undefined || !isPicture(sha256(again), place.hashPrefix))
        throw damaged(file, firstRow + wrong, place)
      pictures[wrong] = again
    }
    return pictures
  }
  const readOne = async (run: PictureRun, before: number) => {
    const worthIt = before >= RUNS_BEFORE_THREADS && run.file.localPath !== undefined
    // A stream may outlive the reader's `close`; it starts none then.
    if (worthIt && !closed) threads ??= startRunThreads()
    // What a thread could not read or found damaged is read once more here, where the error is made.
    return (await threads?.read(run)) ?? readHere(run)
  }
  return {
    async *read(runs) {
      const underWay: Promise<readonly Uint8Array[]>[] = []
      let begun = 0
      for await (const run of runs) {
        const pictures = readOne(run, begun++)
        pictures.catch(() => undefined)
        underWay.push(pictures)
        if (underWay.length >= Math.min(RUNS_AHEAD, begun)) yield await underWay.shift()!
      }
      while (underWay.length > 0) yield await underWay.shift()!
    },
    async close() {
      closed = true
      await threads?.close()
      threads = undefined
    },
  }
}
