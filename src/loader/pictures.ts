// Decoded pictures for the loader: what a batch needs is fetched together, checked, decoded to one size and kept while there
// is room, since neighbouring samples share contexts. A picture that is asked for twice at once is decoded once. Reads run
// ahead of decoding as far as their bytes allow: from far away a read is mostly waiting. The memory of pixels goes round: it is
// used again once neither a batch in the making nor the cache needs the picture in it.
import { type ByteBudget, byteBudget } from '../base/byte-budget.js'
import { ForesightCache } from '../base/foresight-cache.js'
import type { Dataset } from '../shards/dataset.js'
import type { FetchedPicture, FetchObserver, PictureRead } from '../shards/picture-fetch.js'
import type { PictureDecoderOptions } from '../vision/decoder.js'
import { createDecoderThreads, type DecoderThreads, type ThreadedDecoder } from '../vision/decoder-threads.js'
import { aborted } from './aborted.js'
import { type ReadMemory, readMemory } from './read-memory.js'

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
  /** Threads that are there already, and end with the pool. */
  readonly decoders?: DecoderThreads | undefined
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
  /** Starts threads that decode: many pictures will be asked for, and until the first is they have time. */
  start(): void
  /** A step has been made: pictures that were kept for it alone are not needed any more. */
  passed(step: number): void
  /** Begins nothing more, and ends what is being decoded. */
  close(): Promise<void>
}

/** Gives pixels by media row. */
export interface PictureSource {
  /**
   * Begins to load pictures that somebody is about to load, who then finds them.
   * @returns when their bytes are with whoever decodes them, and what is to be released when nobody will load them any more
   */
  expect(mediaRows: Iterable<number>, nextUse?: (mediaRow: number) => number): ExpectedPictures
  /** Begins to load pictures. @param nextUse the step that uses a row again, as far as it is known */
  load(mediaRows: readonly number[], nextUse?: (mediaRow: number) => number): LoadedPictures
  /** Names what pixels depend on beside the bytes. */
  readonly fingerprint: string
}

/** Pictures that somebody is about to load. */
export interface ExpectedPictures {
  /** Never fails: whoever loads them hears of it. */
  readonly read: Promise<void>
  release(): void
}

/** Pictures that somebody works with. */
export interface LoadedPictures {
  /**
   * Their pixels, uint8 [3,size,size] or [size,size,3] each, never to be written to. One promise a row, in the order given, none
   * of which has to be awaited; each fails on its own.
   */
  readonly pixels: readonly Promise<Uint8Array>[]
  /** Says that nobody looks at the pixels any more, whatever has come of them: other pictures may lie there from now on. Whoever
   * never says so keeps the memory. */
  release(): void
}

/** A picture that is being decoded, or was. */
interface Picture {
  readonly pixels: Promise<Uint8Array>
  /** Who needs it: each that loads it, the cache, and the decoding itself. */
  holders: number
  /** Where it lies once it is decoded, and whose memory that is. */
  memory?: { readonly pixels: Uint8Array; readonly decoder: ThreadedDecoder }
}

const NEVER = () => Number.POSITIVE_INFINITY

/** Somebody needs a picture no longer. */
function letGo(picture: Picture): void {
  picture.holders--
  if (picture.holders > 0 || picture.memory === undefined) return
  picture.memory.decoder.recycle(picture.memory.pixels)
}

/** A read that has begun. */
interface BegunRead {
  readonly decoded: ReadonlyMap<number, Promise<Uint8Array>>
  /** All of it is there. */
  readonly read: Promise<unknown>
}

interface Shared {
  readonly cache: ForesightCache<string, Picture>
  readonly threads: DecoderThreads
  readonly ahead: ByteBudget
  readonly memory: ReadMemory
  readonly observer: PictureObserver
  readonly closed: () => boolean
}

/** Opens a pool; nothing is read and no thread started. */
export function createPicturePool({ cacheBytes, observer = {}, decoders, ...spread }: PicturePoolOptions): PicturePool {
  let closed = false
  let sources = 0
  const shared: Shared = {
    cache: new ForesightCache(cacheBytes, letGo),
    threads: decoders ?? createDecoderThreads(spread),
    ahead: byteBudget(READ_AHEAD_BYTES),
    memory: readMemory(spread.threads > 0),
    observer,
    closed: () => closed,
  }
  return {
    source: (dataset, decoder) => createSource(sources++, dataset, decoder, shared),
    start: () => shared.threads.start(),
    passed: (step) => shared.cache.passed(step),
    async close() {
      closed = true
      shared.cache.clear()
      await shared.threads.close()
    },
  }
}

function createSource(id: number, dataset: Dataset, options: PictureDecoderOptions, shared: Shared): PictureSource {
  const { ahead, memory, observer, closed } = shared
  const decoder = shared.threads.decoder(options, observer.decoded)
  const inFlight = new Map<number, Picture>()
  /** Pictures that nobody has loaded yet who was expected to. */
  const expected = new Map<number, Picture>()
  /** The next use of rows that are in flight: a later step may want them while they are. */
  const wanted = new Map<number, number>()
  const cache = {
    get: (row: number, next: number) => shared.cache.get(`${id} ${row}`, next),
    set: (row: number, picture: Picture, bytes: number) =>
      shared.cache.set(`${id} ${row}`, picture, bytes, wanted.get(row)),
  }

  const decode = async (row: number, picture: Promise<FetchedPicture>) => {
    const { bytes, path } = await picture
    return decoder.decode(bytes, `picture ${row} in ${path}`)
  }
  /** Starts a read as soon as there is room for it; its pictures are settled when they are decoded. */
  const begin = async (read: PictureRead): Promise<BegunRead> => {
    const giveBack = await ahead.take(read.bytes)
    if (closed()) {
      giveBack()
      throw aborted()
    }
    const room = memory.take(read.bytes)
    const pictures = read.start(observer, room)
    const decoded = new Map(read.rows.map((row, i) => [row, decode(row, pictures[i]!)]))
    void Promise.allSettled(decoded.values()).then(() => {
      memory.give(room)
      giveBack()
    })
    return { decoded, read: Promise.allSettled(pictures) }
  }
  /** Fetches rows that nobody has; gives the read of each. */
  const fetch = async (rows: readonly number[]) => {
    if (closed()) throw aborted()
    const reads = await dataset.pictureReads(rows)
    const begun = new Map<number, Promise<BegunRead>>()
    for (const read of reads) {
      const pictures = begin(read)
      pictures.catch(() => undefined)
      for (const row of read.rows) begun.set(row, pictures)
    }
    return begun
  }

  /** A picture on its way; it is in flight until it is decoded, and then in the cache if that has room. */
  const launch = (row: number, decoding: Promise<Uint8Array>): Picture => {
    const picture: Picture = { pixels: decoding, holders: 1 }
    inFlight.set(row, picture)
    decoding.then(
      (pixels) => {
        picture.memory = { pixels, decoder }
        inFlight.delete(row)
        // The cache takes over from the flight.
        cache.set(row, picture, pixels.byteLength)
        wanted.delete(row)
      },
      () => {
        inFlight.delete(row)
        wanted.delete(row)
      },
    )
    return picture
  }

  const launchAll = (rows: ReadonlySet<number>) => {
    const fetching = rows.size === 0 ? undefined : fetch([...rows])
    for (const row of rows) {
      launch(
        row,
        fetching!.then(async (begun) => (await begun.get(row))!.decoded.get(row)!),
      )
    }
    return fetching
  }
  const allRead = async (fetching: ReturnType<typeof launchAll>) => {
    const begun = await fetching?.catch(() => undefined)
    await Promise.allSettled([...new Set(begun?.values())].map(async (read) => (await read).read))
  }

  return {
    get fingerprint() {
      return decoder.fingerprint
    },
    expect(mediaRows, nextUse = NEVER) {
      const rows = new Set(mediaRows)
      for (const row of rows) wanted.set(row, nextUse(row))
      const read = allRead(launchAll(rows))
      const pictures = [...rows].map((row) => [row, inFlight.get(row)!] as const)
      for (const [row, picture] of pictures) {
        picture.holders++
        expected.set(row, picture)
      }
      return {
        read,
        release() {
          for (const [row, picture] of pictures) if (expected.delete(row)) letGo(picture)
        },
      }
    },
    load(mediaRows, nextUse = NEVER) {
      const missing = new Set<number>()
      const met: Picture[] = []
      const known = mediaRows.map((row) => {
        const next = nextUse(row)
        const kept = cache.get(row, next)
        const hoped = expected.get(row)
        if (kept === undefined) wanted.set(row, next)
        if (hoped !== undefined) {
          expected.delete(row)
          met.push(hoped)
        } else if (kept === undefined && !inFlight.has(row) && !missing.has(row)) missing.add(row)
        else observer.reused?.()
        return kept ?? hoped
      })
      launchAll(missing)
      const pictures = mediaRows.map((row, i) => known[i] ?? inFlight.get(row)!)
      for (const picture of pictures) picture.holders++
      // Whoever loads them holds them now.
      met.forEach(letGo)
      let released = false
      return {
        pixels: pictures.map(({ pixels }) => pixels),
        release() {
          if (released) return
          released = true
          pictures.forEach(letGo)
        },
      }
    },
  }
}
