// From settings and an open data set to everything that is fixed before the first batch: the plan, its identity, and the
// rules by which its samples are put together. Indexes are read, no pair and no picture.
import { MimicitError } from '../base/errors.js'
import { fingerprint } from '../base/hash.js'
import { pick } from '../base/options.js'
import { type ContextSelection, defaultContext, selectContexts, tooManyShots } from '../context/select.js'
import type { Dataset } from '../shards/dataset.js'
import { labelPolicies } from '../text/labels/index.js'
import type { SpecialTokens, Tokenizer } from '../text/tokenizer.js'
import type { AssemblyRules } from './assemble.js'
import type { LoaderState } from './batch.js'
import type { CollateRules } from './collate.js'
import type { LoaderSettings } from './options.js'
import { shuffles } from './plan/shuffles.js'
import { readSplitRows, type SplitRows } from './plan/split-rows.js'
import { checkResume, type StreamPlan, stepsPerEpoch } from './plan/steps.js'
import { rulesOf } from './rules.js'

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

/** What a step needs to become a batch, apart from its pictures. */
export interface Prepared {
  readonly facts: StreamFacts
  readonly plan: StreamPlan
  readonly rules: AssemblyRules
  readonly collateRules: CollateRules
  /** Pair row of a sample. */
  queryRow(sample: number): number
  /** Pair rows of the in-context examples that a query may have, before any is chosen. */
  candidates(queryRow: number): Promise<readonly number[]>
}

/**
 * Settles what a stream will be.
 * @throws MimicitError MIMICIT_UNKNOWN_NAME, MIMICIT_SHOTS_EXCEED_CONTEXTS, MIMICIT_BAD_TOKENIZER, MIMICIT_EMPTY,
 * MIMICIT_RESUME_MISMATCH, MIMICIT_BAD_VALUE
 */
export async function prepare(dataset: Dataset, settings: LoaderSettings): Promise<Prepared> {
  const context = await selectContexts(dataset, settings.context ?? defaultContext(dataset))
  if (settings.shots > context.maxContexts) throw tooManyShots(settings.shots, context)
  const shuffle = pick('option shuffle of loadMimicIT', shuffles, settings.shuffle)
  const rules = await rulesOf(settings)
  const { tokenizer } = rules
  const labels = pick('option labels of loadMimicIT', labelPolicies, settings.labels)
  const split = settings.split === undefined ? undefined : await readSplitRows(dataset, settings.split)
  const named = settings.queries === 'listed' ? context.queries : undefined
  const listed = split === undefined ? named : split.queries(named)
  const { orderKey, tables } = dataset.manifest
  const plan: StreamPlan = {
    samples: listed?.length ?? tables.pairs.rows,
    batchSize: settings.batchSize,
    dropLast: settings.dropLast,
    epochs: settings.epochs,
    orderKey,
    seed: settings.seed,
    shuffle,
  }
  if (plan.samples === 0) throw noSamples(dataset.location)
  const planParts = planPartsOf(settings, orderKey, context, tokenizer, shuffle.version, split)
  const planId = fingerprint(planParts)
  const steps = stepsPerEpoch(plan)
  const fresh: LoaderState = { v: 1, plan: planId, epoch: 0, step: 0, seen: 0 }
  return {
    facts: {
      length: steps,
      samples: plan.samples,
      plan: planId,
      planParts,
      start: settings.resume === undefined ? fresh : checkResume(settings.resume, planId, steps),
      vocabSize: tokenizer.vocabSize,
      special: tokenizer.special,
    },
    plan,
    rules,
    collateRules: {
      ...{ special: tokenizer.special, labels, tokens: rules.tokens },
      ...{ imageSize: settings.imageSize, pixels: settings.pixels },
    },
    queryRow: (sample) => listed?.[sample] ?? sample,
    async candidates(queryRow) {
      const all = settings.shots === 0 ? [] : await context.contexts(queryRow)
      return split === undefined ? all : all.filter(split.has)
    },
  }
}

function noSamples(location: string): MimicitError {
  return new MimicitError('MIMICIT_EMPTY', {
    expected: 'at least one sample',
    where: location,
    received: 'a data set without any',
    hint: 'See `mimicit info`; its import may have left out every pair.',
  })
}

function planPartsOf(
  settings: LoaderSettings,
  orderKey: string,
  context: ContextSelection,
  tokenizer: Tokenizer,
  shuffleVersion: number,
  split: SplitRows | undefined,
): Readonly<Record<string, unknown>> {
  const { resume, worker, prefetchBytes, reuseBytes, workers, concurrency, epochs, tokenizer: _, ...others } = settings
  const { cacheDir, cacheBytes, network, ...changesBatches } = others
  return {
    ...changesBatches,
    shuffle: `${settings.shuffle} ${shuffleVersion}`,
    orderKey,
    context: settings.shots === 0 && context.queries === undefined ? 'none' : context.identity,
    tokenizer: tokenizer.fingerprint,
    // Without a split the plan of a stream is what it was before there were any.
    ...(split === undefined ? {} : { split: split.identity }),
  }
}
