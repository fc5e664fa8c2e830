// One planned step made into a batch: its pairs read, its samples put together, its pictures fetched together and decoded,
// all collated.
import { allSettled } from '../base/all-settled.js'
import { isMimicitError, MimicitError } from '../base/errors.js'
import { subsetPreset } from '../tuple/subsets.js'
import { aborted } from './aborted.js'
import { type AssembledSample, assembleTurns, nearestOf } from './assemble.js'
import type { StreamedBatch } from './batch.js'
import { collate } from './collate.js'
import { isMirrored, mirrored } from './flip.js'
import type { LoaderSettings } from './options.js'
import { createPicturePool } from './pictures.js'
import type { PlannedSample, PlannedStep } from './plan/planned.js'
import type { Prepared } from './prepare.js'
import { bufferPool } from './recycle.js'
import { recordStats, type StreamStats } from './stats.js'
import { createTurnSource } from './turn-source.js'

/** Makes the batches of a stream, several at a time if it is asked to. */
export interface BatchMaker {
  /** @throws MimicitError MIMICIT_TOO_LONG, MIMICIT_CORRUPT, MIMICIT_BAD_PICTURE, MIMICIT_NETWORK, MIMICIT_ABORTED */
  make(step: PlannedStep): Promise<StreamedBatch>
  stats(): StreamStats
  /** Takes memory of pixels for later batches. */
  recycle(buffer: ArrayBuffer): void
  /** Begins nothing more: batches in the making fail with MIMICIT_ABORTED as soon as what is at hand has ended. */
  close(): Promise<void>
}

/** A maker of batches with pictures of its own. */
export function createBatchMaker(settings: LoaderSettings, { sources, collateRules }: Prepared): BatchMaker {
  const recorder = recordStats()
  const pool = createPicturePool({
    cacheBytes: settings.reuseBytes,
    threads: settings.workers,
    concurrency: settings.concurrency,
    observer: recorder.observer,
  })
  const pictures = sources.map(({ dataset, settings: { imageSize: size, transform } }) =>
    pool.source(dataset, { size, transform }),
  )
  const turns = sources.map(({ dataset, rules }) =>
    createTurnSource(dataset, rules, settings.turnBytes / sources.length, recorder),
  )
  const buffers = bufferPool(settings.prefetchBytes)
  let closed = false
  const goOn = () => {
    if (closed) throw aborted()
  }

  const assemble = async ({ source: at, row }: PlannedSample) => {
    const source = sources[at]!
    const query = await turns[at]!.get(row)
    goOn()
    const { nearest } = subsetPreset(query.subset)
    const chosen = nearestOf(await source.candidates(row), source.settings.shots, nearest)
    const contexts = await allSettled(chosen.map((context) => turns[at]!.get(context)))
    goOn()
    return recorder.time('tokenise', () => assembleTurns(query, contexts, source.rules))
  }
  const isFlipped = ({ id, sided }: AssembledSample, { source: at, epoch }: PlannedSample) =>
    sources[at]!.settings.flip && !sided && isMirrored(settings.seed, epoch, id)
  const pixelsOf = async (samples: readonly AssembledSample[], source: number) => {
    const rows = [...new Set(samples.flatMap((sample) => sample.slots.flat()))]
    const loading = pictures[source]!.load(rows).map((one, i) =>
      one.catch((error) => Promise.reject(needed(error, rows[i]!, samples))),
    )
    const loaded = await allSettled(loading)
    return new Map(rows.map((row, i) => [row, loaded[i]!]))
  }

  return {
    async make(step) {
      const rows = await allSettled(step.rows.map((planned) => allSettled(planned.map(assemble))))
      const sourceOf = new Map(
        rows.flatMap((samples, row) => samples.map((one, i) => [one, step.rows[row]![i]!.source])),
      )
      const samples = [...sourceOf.keys()]
      const pixels = await allSettled(
        sources.map((_, at) =>
          pixelsOf(
            samples.filter((sample) => sourceOf.get(sample) === at),
            at,
          ),
        ),
      )
      goOn()
      const flipped = new Map(rows.flatMap((row, i) => row.map((one, j) => [one, isFlipped(one, step.rows[i]![j]!)])))
      const pictureOf = (row: number, sample: AssembledSample) => {
        const decoded = pixels[sourceOf.get(sample)!]!.get(row)!
        return flipped.get(sample) ? mirrored(decoded, settings.imageSize) : decoded
      }
      const batch = recorder.time('collate', () => collate(step, rows, pictureOf, collateRules, buffers))
      recorder.made(batch)
      return { ...batch, state: step.after }
    },
    stats: () => recorder.stats(sources.map(({ dataset }) => dataset.store.stats?.())),
    recycle: (buffer) => buffers.give(buffer),
    async close() {
      closed = true
      await Promise.all([pool, ...turns].map((one) => one.close()))
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
