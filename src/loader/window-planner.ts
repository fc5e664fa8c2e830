// Plans the windows of streams that are filled by lengths: reads the columns of a window, plans its samples over them, and
// lets the filling group them. Memory is one window, or two while the next one is looked at.
import { findLengths } from '../shards/lengths-table.js'
import { type ContentMeans, openContents } from './contents.js'
import type { Draws } from './plan/draws.js'
import { type FillingName, fillings } from './plan/fillings.js'
import type { PlannedSample } from './plan/planned.js'
import type { Source } from './source.js'
import type { Padding } from './stats.js'

/** How windows are filled. */
export interface WindowSettings {
  readonly name: FillingName
  /** Positions of a window. */
  readonly window: number
  /** Tokens of a group. */
  readonly capacity: number
  /** Samples of an epoch of the stream. */
  readonly samples: number
  readonly seed: number
  /** Samples of the batches that padding is compared with: as many one after the other. */
  readonly batchSize: number
}

/** What windows need beside their sources. */
export interface WindowMeans extends ContentMeans {
  /** Hears of each window how its samples would be padded one a row, in the order of their positions. */
  readonly planned: (plain: Padding) => void
}

/** The windows of a stream. */
export interface Windows {
  /** The groups of a window: the samples of a row, or of a step. */
  groups(epoch: number, window: number): Promise<PlannedSample[][]>
  /** Awaits what is being read, then closes every file. */
  close(): Promise<void>
}

/** Opens the windows of a stream; nothing is read yet. */
export function openWindows(
  { sources, draws }: { readonly sources: readonly Source[]; readonly draws: Draws },
  { name, window: size, capacity, samples, seed, batchSize }: WindowSettings,
  { turns, goOn, planned }: WindowMeans,
): Windows {
  const contents = openContents(sources, { turns, goOn })
  const keys = sources.map(({ orderKey }) => orderKey)
  const reading = new Set<Promise<unknown>>()

  const plannedWindow = async (epoch: number, window: number) => {
    const first = window * size
    const all = Array.from({ length: Math.min(size, samples - first) }, (_, i) => draws.sampleAt(epoch, first + i))
    const content = await contents.of(epoch, all)
    // A sample that will not be has no row to fill; one that is too long fails when it is made, whoever stands beside it.
    const tokens = Int32Array.from(content, (one) => (one.tokens > maxTokensOf(sources) ? 0 : one.tokens))
    planned(plainPadding(tokens, batchSize))
    const groups = fillings[name].fill(tokens, { capacity, key: [...keys, seed, epoch, window] })
    return groups.map((places) => Array.from(places, (place) => ({ ...all[place]!, content: content[place]! })))
  }

  return {
    groups(epoch, window) {
      const groups = plannedWindow(epoch, window)
      const done = () => reading.delete(groups)
      reading.add(groups)
      groups.then(done, done)
      return groups
    },
    async close() {
      await Promise.allSettled(reading)
      await contents.close()
    },
  }
}

/** Steps that close what they were made from when nobody wants another. */
export async function* closing<T>(steps: AsyncIterable<T>, close: () => Promise<void>): AsyncGenerator<T> {
  try {
    yield* steps
  } finally {
    await close()
  }
}

/** How many pairs sources have, and of how many the token counts are stored. */
export function storedLengths(sources: readonly Source[]): { readonly pairs: number; readonly stored: number } {
  const total = (of: (source: Source) => number) => sources.reduce((sum, source) => sum + of(source), 0)
  return {
    pairs: total(({ dataset }) => dataset.manifest.tables.pairs.rows),
    stored: total(
      ({ dataset: { manifest, location }, rules }) => findLengths(manifest, rules, location)?.record.rows ?? 0,
    ),
  }
}

/** The same for all sources: it is no setting of their own. */
const maxTokensOf = (sources: readonly Source[]) => sources[0]!.rules.maxTokens

/** Padding of rows of one sample each, `batchSize` of them to a batch, as long as the longest of it. */
export function plainPadding(tokens: Int32Array, batchSize: number): Padding {
  let [cells, used] = [0, 0]
  for (let at = 0; at < tokens.length; at += batchSize) {
    const batch = tokens.subarray(at, at + batchSize)
    let longest = 0
    for (const count of batch) {
      longest = Math.max(longest, count)
      used += count
    }
    cells += longest * batch.length
  }
  return { tokens: cells, paddingTokens: cells - used }
}
