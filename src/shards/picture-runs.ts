// Pictures in order: neighbours come in one read, the next reads are under way while the last pictures are used, and where
// the file lies on this machine a second thread reads and hashes its share, since hashing is what bounds the stream.
import { sha256 } from '../base/hash.js'
import { startWorker } from '../base/worker-thread.js'
import type { ReadableFile } from '../io/store.js'
import { HASH_PREFIX_BYTES, isPicture, type MediaLocation } from './media-location.js'

/** Pictures that lie together in one shard, with a few bytes of page header between them. */
export interface PictureRun {
  readonly file: ReadableFile
  readonly firstRow: number
  readonly places: readonly MediaLocation[]
}

/** Bytes of a run, unless one picture is larger. */
const RUN_BYTES = 4 << 20
/** Runs under way at once; the first of a stream are fewer, for those who want just a few pictures. */
const RUNS_AHEAD = 6
/** A stream that has got this far is worth a thread of its own, which takes tens of milliseconds to start. */
const RUNS_BEFORE_THREAD = 8
/** Runs that the other thread has before it at most; beyond that they are read here. */
const RUNS_IN_THREAD = 3

/** Whether a picture may follow the ones of a run. */
export function joins(place: MediaLocation, run: readonly MediaLocation[]): boolean {
  const [first, last] = [run[0], run.at(-1)]
  if (first === undefined || last === undefined) return true
  return (
    place.shard === first.shard &&
    place.offset >= last.offset + last.length &&
    place.offset + place.length - first.offset <= RUN_BYTES
  )
}

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
  let thread: RunThread | undefined
  const readHere = async ({ file, firstRow, places }: PictureRun) => {
    const { offset, length } = extentOf(places)
    const pictures = cut(await file.read(offset, length), places)
    pictures.forEach((bytes, i) => {
      const place = places[i]!
      if (!isPicture(sha256(bytes), place.hashPrefix)) throw damaged(file, firstRow + i, place)
    })
    return pictures
  }
  const readOne = async (run: PictureRun, before: number) => {
    if (before >= RUNS_BEFORE_THREAD && run.file.localPath !== undefined) thread ??= startRunThread()
    // What the other thread could not read or found damaged is read once more here, where the error is made.
    return (await thread?.read(run)) ?? readHere(run)
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
      await thread?.close()
      thread = undefined
    },
  }
}

/** From the first byte of a run to its last. */
function extentOf(places: readonly MediaLocation[]): { readonly offset: number; readonly length: number } {
  const { offset } = places[0]!
  const last = places.at(-1)!
  return { offset, length: last.offset + last.length - offset }
}

function cut(bytes: Uint8Array, places: readonly MediaLocation[]): Uint8Array[] {
  const start = places[0]!.offset
  return places.map(({ offset, length }) => bytes.subarray(offset - start, offset - start + length))
}

/** What the thread is asked for: a run and what its pictures must hash to. */
export interface RunRequest {
  readonly path: string
  readonly offset: number
  readonly length: number
  /** Offset in the run and length of each picture in turn. */
  readonly spans: Float64Array
  /** The first bytes of each picture's SHA-256. */
  readonly hashPrefixes: Uint8Array
}

/** The bytes of the run, or undefined if they could not be read or one of them is not as it was stored. */
export type RunReply = ArrayBuffer | undefined

interface RunThread {
  /** The pictures of a run; undefined if the thread has enough to do or could not give them. */
  read(run: PictureRun): Promise<readonly Uint8Array[] | undefined>
  close(): Promise<void>
}

function startRunThread(): RunThread {
  const worker = startWorker(new URL('./picture-run-worker.js', import.meta.url), undefined)
  const waiting: ((reply: RunReply) => void)[] = []
  let ended = false
  const end = () => {
    ended = true
    for (const answer of waiting.splice(0)) answer(undefined)
  }
  worker.on('message', (reply: RunReply) => waiting.shift()!(reply))
  // A thread that dies takes nothing with it: what it was asked for is read here.
  worker.on('error', end)
  worker.on('exit', end)
  worker.unref()
  return {
    async read({ file, places }) {
      if (ended || waiting.length >= RUNS_IN_THREAD || file.localPath === undefined) return undefined
      const { offset, length } = extentOf(places)
      const spans = new Float64Array(places.flatMap((place) => [place.offset - offset, place.length]))
      const hashPrefixes = new Uint8Array(places.length * HASH_PREFIX_BYTES)
      places.forEach((place, i) => {
        hashPrefixes.set(place.hashPrefix, i * HASH_PREFIX_BYTES)
      })
      const request: RunRequest = { path: file.localPath, offset, length, spans, hashPrefixes }
      const reply = new Promise<RunReply>((resolve) => waiting.push(resolve))
      // The thread keeps the process alive only while somebody waits for it.
      worker.ref()
      worker.postMessage(request)
      const bytes = await reply
      if (waiting.length === 0) worker.unref()
      return bytes === undefined ? undefined : cut(new Uint8Array(bytes), places)
    },
    async close() {
      await worker.terminate()
    },
  }
}
