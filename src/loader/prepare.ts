// From settings and open data sets to everything that is fixed before the first batch: the plan, its identity, and the
// rules by which its samples are put together.
import { MimicitError } from '../base/errors.js'
import { fingerprint } from '../base/hash.js'
import { pick } from '../base/options.js'
import type { Dataset } from '../shards/dataset.js'
import { labelPolicies } from '../text/labels/index.js'
import type { SpecialTokens } from '../text/tokenizer.js'
import type { LoaderState } from './batch.js'
import type { CollateRules } from './collate.js'
import type { LoaderSettings } from './options.js'
import { type Draws, drawsOf } from './plan/draws.js'
import { fillings } from './plan/fillings.js'
import type { PlanParts } from './plan/identity.js'
import { planByLength } from './plan/length-steps.js'
import { noSteps } from './plan/no-steps.js'
import type { PlannedStep } from './plan/planned.js'
import { checkResume } from './plan/resume.js'
import { planSteps, type StreamPlan, stepsPerEpoch } from './plan/steps.js'
import { prepareSource, type Source, streamParts } from './source.js'
import { partsOfManifest, type SourceSettings, settingsFor, type WeighedSource } from './source-settings.js'
import { closing, openWindows, storedLengths, type WindowMeans } from './window-planner.js'

/** What is known of a stream once its data set is open. */
export interface StreamFacts {
  /** Steps of one epoch; undefined where batches are filled by lengths, since nobody knows before. */
  readonly length: number | undefined
  /** Samples of one epoch. */
  readonly samples: number
  /** 16 hex digits over everything that changes a batch. */
  readonly plan: string
  /** The same in the open, to tell what differs. */
  readonly planParts: PlanParts
  /** Where the stream begins. */
  readonly start: LoaderState
  readonly vocabSize: number
  readonly special: SpecialTokens
  /** Where batches are filled by lengths: pairs of all sources, and those of them whose token counts are stored
   * (`mimicit tokenize`). The others are tokenised when a window of theirs is planned, which takes its time. */
  readonly lengths?: { readonly pairs: number; readonly stored: number }
}

/** What steps need to become batches, apart from their pictures. */
export interface Prepared {
  readonly facts: StreamFacts
  /** The sources that planned samples name. */
  readonly sources: readonly Source[]
  readonly draws: Draws
  readonly collateRules: CollateRules
  /** Whether another sample stands in for one that cannot be used, where that is asked for; else its place stays empty. */
  readonly refills: boolean
  /** The steps of this rank, from where the stream begins. */
  steps(means: WindowMeans): AsyncGenerator<PlannedStep>
}

/** A source as it was asked for, with its data set. */
export interface OpenSource {
  readonly dataset: Dataset
  readonly own: SourceSettings
}

/**
 * Settles what a stream will be. Indexes are read, no pair and no picture.
 * @throws MimicitError MIMICIT_UNKNOWN_NAME, MIMICIT_NOT_FOUND, MIMICIT_SHOTS_EXCEED_CONTEXTS, MIMICIT_BAD_TOKENIZER,
 * MIMICIT_EMPTY, MIMICIT_RESUME_MISMATCH, MIMICIT_BAD_VALUE
 */
export async function prepare(opened: readonly OpenSource[], settings: LoaderSettings): Promise<Prepared> {
  const labels = pick('option labels of loadMimicIT', labelPolicies, settings.labels)
  const mixed = await mix(opened, settings)
  const { sources, samples, weights } = mixed
  const { tokenizer, tokens } = sources[0]!.rules
  const { batchSize, dropLast, padLast, epochs, rank, worldSize, seed, mixing } = settings
  const { imageSize, pixels, pixelLayout, normalisation } = settings
  const draws = drawsOf({ sources, weights, samples, seed, mixing, batchSize })
  const filling = fillingOf(settings)
  const planParts: PlanParts = {
    ...streamParts(settings),
    ...(filling && {
      filling: [`${filling.name} ${fillings[filling.name].version}`, filling.capacity, filling.window],
    }),
    ...(sources.length === 1 && samples === sources[0]!.samples
      ? sources[0]!.planParts
      : { mixing, samples, weights, sources: sources.map((source) => source.planParts) }),
  }
  const id = fingerprint(planParts)
  const plan: StreamPlan = {
    ...{ id, samples, batchSize, dropLast, padLast, epochs, rank, worldSize },
    sampleAt: draws.sampleAt,
  }
  const length = filling === undefined ? stepsPerEpoch(plan) : undefined
  // Rows are as many as samples at most; where they are fewer is known once they are filled.
  if (dropLast && samples < batchSize)
    throw noSteps(batchSize, `${samples} samples`, filling === undefined ? 'samples' : 'rows')
  const fresh: LoaderState = { v: 1, plan: id, epoch: 0, step: 0, seen: 0 }
  const { resume, resumePlan: saved, force } = settings
  const start = resume === undefined ? fresh : checkResume(resume, { plan: id, planParts, steps: length, saved, force })
  const { vocabSize, special } = tokenizer
  const facts: StreamFacts = { length, samples, plan: id, planParts, start, vocabSize, special }
  const prepared = {
    sources,
    draws,
    collateRules: { special, labels, tokens, imageSize, pixels, pixelLayout, normalisation, packed: settings.pack },
    refills: filling === undefined,
  }
  if (filling === undefined) {
    return {
      ...prepared,
      facts,
      async *steps() {
        yield* planSteps(plan, start)
      },
    }
  }
  const { rows, window } = filling
  return {
    ...prepared,
    facts: { ...facts, lengths: storedLengths(sources) },
    steps: (means) => {
      const windows = openWindows(prepared, { ...filling, samples, seed, batchSize }, means)
      const lengthPlan = { ...plan, rows, window, force: force === true, groups: windows.groups }
      return closing(planByLength(lengthPlan, start), windows.close)
    },
  }
}

/** How batches are filled by lengths, if they are. */
function fillingOf({ pack, tokensPerBatch, maxTokens, batchSize, lengthWindow: window }: LoaderSettings) {
  if (pack) return { name: 'best-fit' as const, capacity: maxTokens, rows: batchSize, window }
  if (tokensPerBatch === undefined) return undefined
  return { name: 'by-length' as const, capacity: tokensPerBatch, rows: undefined, window }
}

/** The sources that have samples, and what an epoch takes of each. */
async function mix(opened: readonly OpenSource[], settings: LoaderSettings) {
  const parts = opened.flatMap(({ dataset, own }) =>
    partsOfManifest(dataset.manifest, own, settings, opened.length).map((part) => ({ dataset, part })),
  )
  const all: { readonly source: Source; readonly part: WeighedSource }[] = []
  for (const { dataset, part } of parts) {
    const source = await prepareSource(dataset, settingsFor(settings, part.own), part.range)
    if (source.samples > 0) all.push({ source, part })
    // A part of a mixture may be empty, such as by its split; a source that was named may not.
    else if (part.range === undefined) throw noSamples(dataset.location)
  }
  if (all.length === 0) throw noSamples(opened[0]!.dataset.location)
  const sources = all.map(({ source }) => source)
  const weighed = all.every(({ part }) => part.own.weight !== undefined)
  if (!weighed && settings.epochSamples !== undefined) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'sources with weights; without them their samples and repeats make the epoch',
      where: 'option epochSamples of loadMimicIT',
      received: String(settings.epochSamples),
    })
  }
  const weights = all.map(({ source, part: { own } }) => own.weight ?? own.samples ?? repeated(source, own))
  const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0)
  const samples = weighed ? (settings.epochSamples ?? total(sources.map((one) => one.samples))) : total(weights)
  return { sources, weights, samples }
}

function repeated({ samples, dataset }: Source, { repeat = 1 }: SourceSettings): number {
  const count = Math.round(samples * repeat)
  if (count > 0) return count
  throw new MimicitError('MIMICIT_BAD_VALUE', {
    expected: `a repeat that leaves one of ${samples} samples`,
    where: `the source ${dataset.location}`,
    received: String(repeat),
  })
}

function noSamples(location: string): MimicitError {
  return new MimicitError('MIMICIT_EMPTY', {
    expected: 'at least one sample',
    where: location,
    received: 'a data set without any',
    hint: 'See `mimicit info`; its import may have left out every pair, or the options leave out what it has.',
  })
}
