// Decoded pictures for the loader: what a batch needs is fetched together, checked, decoded to one size and kept while there
// is room, since neighbouring samples share contexts. A picture that is asked for twice at once is decoded once. Reads run
// ahead of decoding as far as their bytes allow: from far away a read is mostly waiting.
import { type ByteBudget, byteBudget } from '../base/byte-budget.js'
import { ForesightCache } from '../base/foresight-cache.js'
import type { Dataset } from '../shards/dataset.js'
import type { FetchedPicture, FetchObserver, PictureRead } from '../shards/picture-fetch.js'
import type { PictureDecoderOptions } from '../vision/decoder.js'
import { createDecoderThreads, type DecoderThreads } from '../vision/decoder-threads.js'
import { aborted } from './aborted.js'

/** Bytes of encoded pictures that are being read or wait to be decoded. */
const READ_AHEAD_BYTES = 64e6

/** How pictures are made. None of it changes a pixel. */
export interface PicturePoolOptions {
  /** Decoded pixels kept for reuse; 0 = none. */
  readonly cacheBytes: number
  /** Threads that decode; 0 = the thread that asks. */
  readonly threads: number
  /** Pictures decoded at once in the thread that asks. */
  readonly concurrency: number
  readonly observer?: PictureObserver
}

/** Hears what pictures cost. */
export interface PictureObserver extends FetchObserver {
  /** Milliseconds of decoding a picture, in whichever thread. */
  decoded?(ms: number): void
  /** A picture was had without decoding it. */
  reused?(): void
}

/** What the pictures of all data sets of a stream share: threads, memory, and the bound on bytes that are being read. */
export interface PicturePool {
  /** @throws MimicitError MIMICIT_UNKNOWN_NAME for a transform that does not exist */
  source(dataset: Dataset, decoder: PictureDecoderOptions): PictureSource
  /** A step has been made: pictures that were kept for it alone are not needed any more. */
  passed(step: number): void
  /** Begins nothing more, and ends what is being decoded. */
  close(): Promise<void>
}

/** Gives pixels by media row. */
export interface PictureSource {
  /**
   * The pixels of pictures, uint8 [size,size,3] each, never to be written to. One promise a row, in the order given, none
   * of which has to be awaited; each fails on its own.
   * @param nextUse the step that uses a row again, as far as it is known
   */
  load(mediaRows: readonly number[], nextUse?: (mediaRow: number) => number): Promise<Uint8Array>[]
  /** Names what pixels depend on beside the bytes. */
  readonly fingerprint: string
}

interface Shared {
  readonly cache: ForesightCache<string, Uint8Array>
  readonly threads: DecoderThreads
  readonly ahead: ByteBudget
  readonly observer: PictureObserver
  readonly closed: () => boolean
}

/** Opens a pool; nothing is read and no thread started. */
export function createPicturePool({ cacheBytes, observer = {}, ...spread }: PicturePoolOptions): PicturePool {
  let closed = false
  let sources = 0
  const shared: Shared = {
    cache: new ForesightCache(cacheBytes),
    threads: createDecoderThreads({ ...spread, onDecoded: (ms) => observer.decoded?.(ms) }),
    ahead: byteBudget(READ_AHEAD_BYTES),
    observer,
    closed: () => closed,
  }
  return {
    source: (dataset, decoder) => createSource(sources++, dataset, decoder, shared),
    passed: (step) => shared.cache.passed(step),
    async close() {
      closed = true
      shared.cache.clear()
      await shared.threads.close()
    },
  }
}

function createSource(id: number, dataset: Dataset, options: PictureDecoderOptions, shared: Shared): PictureSource {
  const { ahead, observer, closed } = shared
  const decoder = shared.threads.decoder(options)
  const inFlight = new Map<number, Promise<Uint8Array>>()
  /** The next use of rows that are in flight: a later step may want them while they are. */
  const wanted = new Map<number, number>()
  const cache = {
    get: (row: number, next: number) => shared.cache.get(`${id} ${row}`, next),
    set(row: number, pixels: Uint8Array) {
      shared.cache.set(`${id} ${row}`, pixels, pixels.byteLength, wanted.get(row))
      wanted.delete(row)
    },
  }

  const decode = async (row: number, picture: Promise<FetchedPicture>) => {
    const { bytes, path } = await picture
    const pixels = await decoder.decode(bytes, `picture ${row} in ${path}`)
    cache.set(row, pixels)
    return pixels
  }
  /** Starts a read as soon as there is room for it; its pictures are settled when they are decoded. */
  const begin = async (read: PictureRead): Promise<ReadonlyMap<number, Promise<Uint8Array>>> => {
    const giveBack = await ahead.take(read.bytes)
    if (closed()) {
      giveBack()
      throw aborted()
    }
    const pictures = read.start(observer)
    const decoded = new Map(read.rows.map((row, i) => [row, decode(row, pictures[i]!)]))
    void Promise.allSettled(decoded.values()).then(giveBack)
    return decoded
  }
  /** Fetches rows that nobody has; gives the read of each. */
  const fetch = async (rows: readonly number[]) => {
    if (closed()) throw aborted()
    const reads = await dataset.pictureReads(rows)
    const begun = new Map<number, Promise<ReadonlyMap<number, Promise<Uint8Array>>>>()
    for (const read of reads) {
      const pictures = begin(read)
      pictures.catch(() => undefined)
      for (const row of read.rows) begun.set(row, pictures)
    }
    return begun
  }

  return {
    fingerprint: decoder.fingerprint,
    load(mediaRows, nextUse = () => Number.POSITIVE_INFINITY) {
      const missing = new Set<number>()
      const known = mediaRows.map((row) => {
        const next = nextUse(row)
        const kept = cache.get(row, next)
        if (kept === undefined) wanted.set(row, next)
        if (kept === undefined && !inFlight.has(row) && !missing.has(row)) missing.add(row)
        else observer.reused?.()
        return kept
      })
      if (missing.size > 0) {
        const fetching = fetch([...missing])
        for (const row of missing) {
          const pixels = fetching.then(async (begun) => (await begun.get(row))!.get(row)!)
          const done = () => {
            inFlight.delete(row)
            wanted.delete(row)
          }
          pixels.then(done, done)
          inFlight.set(row, pixels)
        }
      }
      return mediaRows.map((row, i) => {
        const kept = known[i]
        return kept === undefined ? inFlight.get(row)! : Promise.resolve(kept)
      })
    },
  }
}
