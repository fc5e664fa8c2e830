// The stream itself, in the thread that calls it: plan -> read and decode -> collate, with batches made ahead up to a
// byte limit. The order of batches never depends on timing.
import { type Dataset, openDataset } from '../shards/dataset.js'
import { aborted } from './aborted.js'
import { inOrder } from './ahead.js'
import type { StreamedBatch } from './batch.js'
import { createBatchMaker } from './make-batch.js'
import { type LoaderSettings, storeOptionsOf } from './options.js'
import type { PlannedStep } from './plan/planned.js'
import { type OpenSource, prepare, type StreamFacts } from './prepare.js'
import type { SourceSettings } from './sources.js'
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
 */
export async function openStream(
  sources: readonly SourceSettings[],
  settings: LoaderSettings,
  signal?: AbortSignal,
): Promise<OpenStream> {
  // A data set that is named twice is opened once.
  const datasets = new Map<string, Dataset>()
  try {
    for (const { source } of sources) {
      if (!datasets.has(source)) datasets.set(source, await openDataset(source, storeOptionsOf(settings, signal)))
    }
    const opened = sources.map((own) => ({ own, dataset: datasets.get(own.source)! }))
    return await streamOf(opened, [...datasets.values()], settings)
  } catch (error) {
    for (const dataset of datasets.values()) await dataset.close()
    throw error
  }
}

async function streamOf(
  opened: readonly OpenSource[],
  datasets: readonly Dataset[],
  settings: LoaderSettings,
): Promise<OpenStream> {
  const prepared = await prepare(opened, settings)
  const maker = createBatchMaker(settings, prepared)
  // Whoever closes a stream from outside its loop must find nothing that still reads, and nothing that begins to.
  const inTheMaking = new Set<Promise<StreamedBatch>>()
  let closed = false
  // Nobody wants another batch: what is being made ahead ends where it is, and a network in trouble is not waited for.
  const leave = async () => {
    closed = true
    await Promise.all([maker.close(), ...datasets.map(({ store }) => store.close?.())])
  }
  const beginBatch = (step: PlannedStep): Promise<StreamedBatch> => {
    if (closed) return Promise.reject(aborted())
    const batch = maker.make(step)
    const done = () => inTheMaking.delete(batch)
    inTheMaking.add(batch)
    batch.then(done, done)
    return batch
  }

  return {
    facts: prepared.facts,
    batches: (signal) => {
      const { prefetchBytes } = settings
      return inOrder({ steps: prepared.steps(maker.means), make: beginBatch, prefetchBytes, signal, leave })
    },
    stats: () => maker.stats(),
    recycle: (buffer) => maker.recycle(buffer),
    async close() {
      await leave()
      await Promise.allSettled(inTheMaking)
      await Promise.all(datasets.map((dataset) => dataset.close()))
    },
  }
}
