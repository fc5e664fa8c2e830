// One source of a stream: a data set, which of its pairs are queries, and how their samples are put together.
import { MimicitError } from '../base/errors.js'
import { fingerprint } from '../base/hash.js'
import { defaultContext, selectContexts, tooManyShots } from '../context/select.js'
import type { ContextSelection } from '../context/selection.js'
import type { Dataset } from '../shards/dataset.js'
import { decoderFingerprint } from '../vision/decoder.js'
import type { AssemblyRules } from './assemble.js'
import type { LoaderSettings } from './options.js'
import { chooseContexts, contextOrderOf } from './plan/choose-contexts.js'
import type { OrderedSource } from './plan/draws.js'
import type { PlanParts } from './plan/identity.js'
import type { PlanRules } from './plan/plan.js'
import { shuffleNamed } from './plan/shuffles.js'
import { readSplitRows } from './plan/split-rows.js'
import { type PairRange, queryRows } from './query-rows.js'
import { rulesOf } from './rules.js'
import { SIDE_WORDS_VERSION } from './side-words.js'
import { OWN } from './source-settings.js'

/** Contexts that a function is asked for while loading, of which the shots are the nearest. */
const MOST_CANDIDATES = 10

/** A source, ready to be planned over and read from. */
export interface Source extends OrderedSource {
  readonly dataset: Dataset
  readonly settings: LoaderSettings
  readonly rules: AssemblyRules
  /** Pair rows that a query may have as in-context examples, in the order of its in-context function. */
  candidatesOf(queryRow: number): Promise<readonly number[]>
  /** Those of its candidates that a query gets in an epoch, in their order. */
  choose(candidates: readonly number[], queryRow: number, nearest: 'first' | 'last', epoch: number): readonly number[]
  /** How they stand in front of it. */
  orderOf(epoch: number): PlanRules['order']
  /** Which end of them is near the query; undefined = what the preset of its subset says. */
  readonly nearest: 'first' | undefined
  /** What of it changes batches, part by part. */
  readonly planParts: PlanParts
}

/**
 * Settles what a source gives, which may be nothing. Indexes are read, no pair and no picture.
 * @param range only queries of these pair rows
 * @throws MimicitError MIMICIT_UNKNOWN_NAME, MIMICIT_NOT_FOUND, MIMICIT_SHOTS_EXCEED_CONTEXTS, MIMICIT_BAD_VALUE,
 * MIMICIT_BAD_TOKENIZER
 */
export async function prepareSource(dataset: Dataset, settings: LoaderSettings, range?: PairRange): Promise<Source> {
  const context = await selectContexts(dataset, settings.context ?? defaultContext(dataset), {
    k: Math.max(MOST_CANDIDATES, settings.shots, settings.contextPool ?? 0),
    seed: settings.seed,
  })
  if (settings.shots > context.maxContexts) throw tooManyShots(settings.shots, context)
  const order = contextOrderOf(settings, context.nearest)
  const { shots, seed, contextPool: size } = settings
  if (size !== undefined && size < shots) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: `at least the ${shots} shots that are drawn from it`,
      where: 'option contextPool of loadMimicIT',
      received: String(size),
      hint: 'Leave it out for the nearest contexts.',
    })
  }
  const shuffle = shuffleNamed(settings.shuffle)
  const rules = await rulesOf(settings)
  const split = settings.split === undefined ? undefined : await readSplitRows(dataset, settings.split)
  const named = settings.queries === 'listed' && context.everyPair !== true ? context.queries : undefined
  const queries = await queryRows(dataset, settings, named, split, range)
  const { orderKey } = dataset.manifest
  const { imageSize, transform, decoderScaling } = settings
  return {
    dataset,
    settings,
    rules,
    ...queries,
    orderKey,
    shuffle,
    nearest: context.nearest,
    orderOf: (epoch) => (order === 'listed' ? undefined : { name: order, seed, epoch }),
    async candidatesOf(row) {
      const all = shots === 0 ? [] : await context.contexts(row)
      return split === undefined ? all : all.filter(split.has)
    },
    choose(candidates, row, nearest, epoch) {
      const pool = size === undefined ? undefined : { size, draw: { seed, epoch, row } }
      return chooseContexts(candidates, { shots, nearest, pool })
    },
    planParts: {
      ...sourceParts(settings),
      shuffle: `${settings.shuffle} ${shuffle.version}`,
      orderKey,
      context: contextIdentity(settings, context),
      tokenizer: rules.tokenizer.fingerprint,
      decoder: decoderFingerprint({ size: imageSize, transform, decoderScaling }),
      // Without a split the plan of a stream is what it was before there were any.
      ...(split === undefined ? {} : { split: split.identity }),
      ...(range === undefined ? {} : { range }),
      // As listed is what a stream was before there were orders.
      contextOrder: order === 'listed' ? undefined : order,
    },
  }
}

function contextIdentity({ shots }: LoaderSettings, context: ContextSelection): unknown {
  const lists = context.everyPair === true || context.queries !== undefined
  return shots === 0 && !lists ? 'none' : context.identity
}

/**
 * Settings that change no sample: where a stream begins and ends, how it is carried out, how many ranks share it. Those of
 * the mixture, of filling by lengths and the tokenizer are in the plan as what they come to.
 */
const NOT_IN_PLAN = new Set<string>([
  ...['resume', 'resumePlan', 'force', 'epochs', 'rank', 'worldSize', 'padLast'],
  ...['worker', 'workers', 'concurrency', 'prefetchBytes', 'reuseBytes', 'turnBytes'],
  ...['cacheDir', 'cacheBytes', 'network', 'tokenizer', 'mixing', 'mixture', 'epochSamples'],
  // What it does to pixels is in the name of the decoder.
  'decoderScaling',
  ...['pack', 'tokensPerBatch', 'lengthWindow'],
])

/** What of the loader's settings changes batches whatever the sources. */
export function streamParts({ pixelLayout, ...settings }: LoaderSettings): PlanParts {
  const parts = Object.entries(settings).filter(([name]) => !NOT_IN_PLAN.has(name) && !(name in OWN))
  // Planes were all there was once, and their streams go on.
  return { ...Object.fromEntries(parts), ...(pixelLayout === 'NCHW' ? {} : { pixelLayout }) }
}

/** What of the settings of a source changes its batches. */
function sourceParts(settings: LoaderSettings): PlanParts {
  const own = Object.fromEntries(Object.entries(settings).filter(([name]) => name in OWN))
  const { take, only, taskDescriptions, flip } = settings
  // Infinity is no JSON, and a list of ids may be long; streams without descriptions are what they were before there were any.
  return {
    ...own,
    take: take === Number.POSITIVE_INFINITY ? undefined : take,
    only: only === undefined ? undefined : fingerprint(only),
    taskDescriptions: taskDescriptions === 'none' ? undefined : taskDescriptions,
    flip: flip && `side words ${SIDE_WORDS_VERSION}`,
  }
}
