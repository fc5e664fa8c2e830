// Decoded pictures for the loader: read, checked, decoded to one size, a few at a time, and kept while there is room,
// since neighbouring samples share contexts. A picture that is asked for twice at once is decoded once. More are read than
// decoded at once: from far away a read is mostly waiting, and reads that wait together can be joined.
import { limit } from '../base/limit.js'
import { LruCache } from '../base/lru.js'
import type { Dataset } from '../shards/dataset.js'
import { createPictureDecoder } from '../vision/decoder.js'

/** Pictures being read or waiting to be decoded, for each that is decoded. */
const READS_PER_DECODE = 16

/** Gives pixels by media row. */
export interface PictureSource {
  /** uint8 [size,size,3] */
  pixels(mediaRow: number): Promise<Uint8Array>
  /** Pictures decoded so far. */
  readonly decoded: number
  /** Uses served without decoding. */
  readonly reused: number
}

/** @param cacheBytes decoded pixels kept for reuse; 0 = none */
export function createPictureSource(
  dataset: Dataset,
  size: number,
  cacheBytes: number,
  concurrency: number,
): PictureSource {
  const decoder = createPictureDecoder({ size, transform: 'squash' })
  const cache = new LruCache<number, Uint8Array>(cacheBytes)
  const inFlight = new Map<number, Promise<Uint8Array>>()
  const reading = limit(READS_PER_DECODE * concurrency)
  const decoding = limit(concurrency)
  let decoded = 0
  let reused = 0

  const load = (row: number) =>
    reading(async () => {
      try {
        const bytes = await dataset.picture(row)
        const pixels = await decoding(() => decoder.decode(bytes, `picture ${row} of ${dataset.location}`))
        decoded++
        cache.set(row, pixels, pixels.byteLength)
        return pixels
      } finally {
        inFlight.delete(row)
      }
    })

  return {
    get decoded() {
      return decoded
    },
    get reused() {
      return reused
    },
    async pixels(row) {
      const kept = cache.get(row) ?? inFlight.get(row)
      if (kept !== undefined) {
        reused++
        return kept
      }
      const loading = load(row)
      inFlight.set(row, loading)
      return loading
    },
  }
}
