// One planned step made into a batch: its pairs read, its samples put together, its pictures fetched together and decoded,
// all collated.
import { allSettled } from '../base/all-settled.js'
import { isMimicitError, MimicitError } from '../base/errors.js'
import type { Dataset } from '../shards/dataset.js'
import { subsetPreset } from '../tuple/subsets.js'
import { aborted } from './aborted.js'
import { type AssembledSample, assembleSample, nearestOf } from './assemble.js'
import type { Batch } from './batch.js'
import { collate } from './collate.js'
import type { LoaderSettings } from './options.js'
import { createPictureSource } from './pictures.js'
import type { PlannedStep } from './plan/steps.js'
import type { Prepared } from './prepare.js'
import { bufferPool } from './recycle.js'
import { recordStats, type StreamStats } from './stats.js'

/** Makes the batches of a stream, several at a time if it is asked to. */
export interface BatchMaker {
  /** @throws MimicitError MIMICIT_TOO_LONG, MIMICIT_CORRUPT, MIMICIT_BAD_PICTURE, MIMICIT_NETWORK, MIMICIT_ABORTED */
  make(step: PlannedStep): Promise<Batch>
  stats(): StreamStats
  /** Takes memory of pixels for later batches. */
  recycle(buffer: ArrayBuffer): void
  /** Begins nothing more: batches in the making fail with MIMICIT_ABORTED as soon as what is at hand has ended. */
  close(): Promise<void>
}

/** A maker of batches with pictures of its own. */
export function createBatchMaker(dataset: Dataset, settings: LoaderSettings, prepared: Prepared): BatchMaker {
  const { rules, collateRules } = prepared
  const recorder = recordStats()
  const pictures = createPictureSource(dataset, {
    decoder: { size: settings.imageSize, transform: 'squash' },
    cacheBytes: settings.reuseBytes,
    threads: settings.workers,
    concurrency: settings.concurrency,
    observer: recorder.observer,
  })
  const buffers = bufferPool(settings.prefetchBytes)
  let closed = false
  const goOn = () => {
    if (closed) throw aborted()
  }

  const assemble = async (sample: number) => {
    const row = prepared.queryRow(sample)
    const began = performance.now()
    const query = await dataset.pair(row)
    goOn()
    const chosen = nearestOf(await prepared.candidates(row), settings.shots, subsetPreset(query.subset).nearest)
    const contexts = await allSettled(chosen.map((at) => dataset.pair(at)))
    goOn()
    recorder.add('read', performance.now() - began)
    return recorder.time('tokenise', () => assembleSample(query, contexts, rules))
  }
  const pixelsOf = async (samples: readonly AssembledSample[]) => {
    const rows = [...new Set(samples.flatMap((sample) => sample.slots.flat()))]
    const loading = pictures
      .load(rows)
      .map((one, i) => one.catch((error) => Promise.reject(needed(error, rows[i]!, samples))))
    const loaded = await allSettled(loading)
    return new Map(rows.map((row, i) => [row, loaded[i]!]))
  }

  return {
    async make(step) {
      const samples = await allSettled(step.samples.map(assemble))
      const pixels = await pixelsOf(samples)
      goOn()
      const batch = recorder.time('collate', () =>
        collate(step, samples, (row) => pixels.get(row)!, collateRules, buffers),
      )
      recorder.made(batch)
      return batch
    },
    stats: () => recorder.stats(dataset.store.stats?.()),
    recycle: (buffer) => buffers.give(buffer),
    async close() {
      closed = true
      await pictures.close()
    },
  }
}

/** The error of a picture with the sample that needed it. */
function needed(error: unknown, row: number, samples: readonly AssembledSample[]): unknown {
  if (!isMimicitError(error) || error.code === 'MIMICIT_ABORTED') return error
  const sample = samples.find(({ slots }) => slots.some((frames) => frames.includes(row)))
  const { parts } = error
  return new MimicitError(error.code, { ...parts, where: `${parts.where}, picture ${row} of sample ${sample?.id}` })
}
