// How many pictures of a data set this machine decodes in a second, as a stream of it would: measured, for estimates.
import { openDataset } from '../shards/dataset.js'
import { type LoaderOptions, parseLoaderOptions } from './options.js'
import { createPicturePool } from './pictures.js'
import { storeOptionsOf } from './store-options.js'

/** How long to decode before and while it is measured. */
export interface DecodeRateOptions extends Pick<LoaderOptions, 'imageSize' | 'transform' | 'workers' | 'cacheDir'> {
  /** @default 500 */
  readonly warmUpMs?: number
  /** @default 1000 */
  readonly measureMs?: number
}

/** Pictures that are asked for at once. */
const AT_ONCE = 32

/**
 * Measures pictures decoded a second, reading included. Nothing is kept.
 * @returns undefined for a data set without pictures
 */
export async function measureDecodeRate(
  location: string,
  { warmUpMs = 500, measureMs = 1000, ...options }: DecodeRateOptions = {},
): Promise<number | undefined> {
  const settings = parseLoaderOptions(options)
  const { imageSize: size, workers, concurrency } = settings
  const dataset = await openDataset(location, storeOptionsOf(settings, undefined))
  const pool = createPicturePool({ cacheBytes: 0, threads: workers, concurrency })
  try {
    const { rows } = dataset.manifest.tables.media
    if (rows === 0) return undefined
    const pictures = pool.source(dataset, { size, transform: settings.transform, layout: 'NCHW' })
    // From all over the data set, since pictures of one subset are of one size.
    const step = Math.max(1, Math.floor(rows / 997))
    let next = 0
    const decodeFor = async (ms: number) => {
      const began = performance.now()
      let decoded = 0
      while (performance.now() - began < ms) {
        const some = new Set<number>()
        while (some.size < Math.min(AT_ONCE, rows)) {
          some.add(next % rows)
          next += step
        }
        // One that is broken is told when it is streamed.
        const loaded = pictures.load([...some])
        const settled = await Promise.allSettled(loaded.pixels)
        loaded.release()
        decoded += settled.filter(({ status }) => status === 'fulfilled').length
      }
      return (1000 * decoded) / (performance.now() - began)
    }
    await decodeFor(warmUpMs)
    return await decodeFor(measureMs)
  } finally {
    await pool.close()
    await dataset.close()
  }
}
