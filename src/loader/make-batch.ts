// One planned step made into a batch: its pairs read, its samples put together, its pictures decoded, all collated.
import { allSettled } from '../base/all-settled.js'
import type { Dataset } from '../shards/dataset.js'
import { subsetPreset } from '../tuple/subsets.js'
import { assembleSample, nearestOf } from './assemble.js'
import type { Batch } from './batch.js'
import { collate } from './collate.js'
import type { LoaderSettings } from './options.js'
import { createPictureSource } from './pictures.js'
import type { PlannedStep } from './plan/steps.js'
import type { Prepared } from './prepare.js'

/** Counters of a stream. */
export interface StreamStats {
  readonly picturesDecoded: number
  readonly picturesReused: number
  /** Milliseconds spent making batches, all together. */
  readonly makeMs: number
  readonly batches: number
}

/** Makes the batches of a stream, several at a time if it is asked to. */
export interface BatchMaker {
  /** @throws MimicitError MIMICIT_TOO_LONG, MIMICIT_CORRUPT, MIMICIT_BAD_PICTURE, MIMICIT_NETWORK */
  make(step: PlannedStep): Promise<Batch>
  stats(): StreamStats
}

/** A maker of batches with pictures of its own. */
export function createBatchMaker(dataset: Dataset, settings: LoaderSettings, prepared: Prepared): BatchMaker {
  const { rules, collateRules } = prepared
  const pictures = createPictureSource(dataset, settings.imageSize, settings.reuseBytes, settings.concurrency)
  let makeMs = 0
  let batches = 0

  const assemble = async (sample: number) => {
    const row = prepared.queryRow(sample)
    const query = await dataset.pair(row)
    const chosen = nearestOf(await prepared.candidates(row), settings.shots, subsetPreset(query.subset).nearest)
    const contexts = await allSettled(chosen.map((at) => dataset.pair(at)))
    return assembleSample(query, contexts, rules)
  }

  return {
    async make(step) {
      const began = performance.now()
      const samples = await allSettled(step.samples.map(assemble))
      const rows = new Set(samples.flatMap((sample) => sample.slots.flat()))
      const pixels = new Map<number, Uint8Array>()
      await allSettled([...rows].map(async (row) => pixels.set(row, await pictures.pixels(row))))
      const batch = collate(step, samples, (row) => pixels.get(row)!, collateRules)
      makeMs += performance.now() - began
      batches++
      return batch
    },
    stats: () => ({ picturesDecoded: pictures.decoded, picturesReused: pictures.reused, makeMs, batches }),
  }
}
