// The stream itself, in the thread that calls it: plan -> look ahead -> read and decode -> collate, with batches made ahead up to a
// byte limit. The order of batches never depends on timing.
import { aborted } from './aborted.js'
import { inOrder } from './ahead.js'
import type { StreamedBatch } from './batch.js'
import { type ForeseenStep, foreseen } from './foresee.js'
import { type BatchMeans, createBatchMaker, type GatheredBatch } from './make-batch.js'
import { type KnownManifests, type OpenSources, openSources } from './open-sources.js'
import type { LoaderSettings } from './options.js'
import { prepare, type StreamFacts } from './prepare.js'
import type { SourceSettings } from './source-settings.js'
import type { StreamStats } from './stats.js'

/** A stream open in this thread. */
export interface OpenStream {
  readonly facts: StreamFacts
  batches(signal?: AbortSignal): AsyncGenerator<StreamedBatch>
  stats(): StreamStats
  /** Takes memory of pixels that nobody else knows any more; a later batch is made in it. */
  recycle(buffer: ArrayBuffer): void
  /** Makes no further batch, awaits those in the making, then closes every file. */
  close(): Promise<void>
}

/**
 * Opens the data sets and everything the stream needs; nothing but indexes is read.
 * @param signal stops what is read from far away, now and later
 * @param means what this thread has for its batches
 * @param known what need not be read
 */
export async function openStream(
  sources: readonly SourceSettings[],
  settings: LoaderSettings,
  signal?: AbortSignal,
  means?: BatchMeans,
  known?: KnownManifests,
): Promise<OpenStream> {
  const datasets = await openSources(sources, settings, signal, known)
  try {
    return await streamOf(datasets, settings, means)
  } catch (error) {
    await datasets.close()
    throw error
  }
}

async function streamOf(
  datasets: OpenSources,
  settings: LoaderSettings,
  means: BatchMeans | undefined,
): Promise<OpenStream> {
  const prepared = await prepare(datasets.opened, settings)
  const maker = createBatchMaker(settings, prepared, means)
  // Whoever closes a stream from outside its loop must find nothing that still reads, and nothing that begins to.
  const inTheMaking = new Set<Promise<GatheredBatch>>()
  let closed = false
  // Nobody wants another batch: what is being made ahead ends where it is, and a network in trouble is not waited for.
  const leave = async () => {
    closed = true
    await Promise.all([maker.close(), datasets.leave()])
  }
  const beginBatch = (step: ForeseenStep): Promise<GatheredBatch> => {
    if (closed) return Promise.reject(aborted())
    const batch = maker.gather(step)
    const done = () => inTheMaking.delete(batch)
    inTheMaking.add(batch)
    batch.then(done, done)
    return batch
  }

  return {
    facts: prepared.facts,
    batches: (signal) => {
      const { prefetchBytes } = settings
      maker.start()
      return inOrder({
        steps: foreseen(prepared, settings, maker.means),
        gather: beginBatch,
        prefetchBytes,
        signal,
        leave,
      })
    },
    stats: () => maker.stats(),
    recycle: (buffer) => maker.recycle(buffer),
    async close() {
      await leave()
      await Promise.allSettled(inTheMaking)
      await datasets.close()
    },
  }
}
