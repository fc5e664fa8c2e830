// From settings and an open data set to everything that is fixed before the first batch: the plan, its identity, and the
// rules by which its samples are put together.
import { fingerprint } from '../base/hash.js'
import { pick } from '../base/options.js'
import type { Dataset } from '../shards/dataset.js'
import { labelPolicies } from '../text/labels/index.js'
import type { SpecialTokens } from '../text/tokenizer.js'
import type { LoaderState } from './batch.js'
import type { CollateRules } from './collate.js'
import type { LoaderSettings } from './options.js'
import { sampleAt } from './plan/draws.js'
import type { PlannedStep } from './plan/planned.js'
import { checkResume } from './plan/resume.js'
import { planSteps, type StreamPlan, stepsPerEpoch } from './plan/steps.js'
import { prepareSource, type Source } from './source.js'

/** What is known of a stream once its data set is open. */
export interface StreamFacts {
  /** Steps of one epoch. */
  readonly length: number
  /** Samples of one epoch. */
  readonly samples: number
  /** 16 hex digits over everything that changes a batch. */
  readonly plan: string
  /** The same in the open, to tell what differs. */
  readonly planParts: Readonly<Record<string, unknown>>
  /** Where the stream begins. */
  readonly start: LoaderState
  readonly vocabSize: number
  readonly special: SpecialTokens
}

/** What steps need to become batches, apart from their pictures. */
export interface Prepared {
  readonly facts: StreamFacts
  /** The sources that planned samples name. */
  readonly sources: readonly Source[]
  readonly collateRules: CollateRules
  /** The steps of this rank, from where the stream begins. */
  steps(): AsyncIterable<PlannedStep>
}

/**
 * Settles what a stream will be. Indexes are read, no pair and no picture.
 * @throws MimicitError MIMICIT_UNKNOWN_NAME, MIMICIT_SHOTS_EXCEED_CONTEXTS, MIMICIT_BAD_TOKENIZER, MIMICIT_EMPTY,
 * MIMICIT_RESUME_MISMATCH, MIMICIT_BAD_VALUE
 */
export async function prepare(dataset: Dataset, settings: LoaderSettings): Promise<Prepared> {
  const labels = pick('option labels of loadMimicIT', labelPolicies, settings.labels)
  const source = await prepareSource(dataset, settings)
  const { planParts } = source
  const { tokenizer } = source.rules
  const { batchSize, dropLast, padLast, epochs, rank, worldSize, seed, imageSize, pixels, normalisation } = settings
  const plan: StreamPlan = {
    id: fingerprint(planParts),
    samples: source.samples,
    batchSize,
    dropLast,
    padLast,
    epochs,
    rank,
    worldSize,
    sampleAt: sampleAt(source, seed),
  }
  const length = stepsPerEpoch(plan)
  const fresh: LoaderState = { v: 1, plan: plan.id, epoch: 0, step: 0, seen: 0 }
  const start = settings.resume === undefined ? fresh : checkResume(settings.resume, plan.id, length)
  const { vocabSize, special } = tokenizer
  return {
    facts: { length, samples: plan.samples, plan: plan.id, planParts, start, vocabSize, special },
    sources: [source],
    collateRules: { special, labels, tokens: source.rules.tokens, imageSize, pixels, normalisation, packed: false },
    async *steps() {
      yield* planSteps(plan, start)
    },
  }
}
