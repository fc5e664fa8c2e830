// One source of a stream: a data set, which of its pairs are queries, and how their samples are put together.
import { MimicitError } from '../base/errors.js'
import { type ContextSelection, defaultContext, selectContexts, tooManyShots } from '../context/select.js'
import type { Dataset } from '../shards/dataset.js'
import { decoderFingerprint } from '../vision/decoder.js'
import type { AssemblyRules } from './assemble.js'
import type { LoaderSettings } from './options.js'
import type { OrderedSource } from './plan/draws.js'
import { shuffleNamed } from './plan/shuffles.js'
import { readSplitRows } from './plan/split-rows.js'
import { rulesOf } from './rules.js'

/** A source, ready to be planned over and read from. */
export interface Source extends OrderedSource {
  readonly dataset: Dataset
  readonly settings: LoaderSettings
  readonly rules: AssemblyRules
  /** Pair rows of the in-context examples that a query may have, before any is chosen. */
  candidates(queryRow: number): Promise<readonly number[]>
  /** What of it changes batches, part by part. */
  readonly planParts: Readonly<Record<string, unknown>>
}

/**
 * Settles what a source gives. Indexes are read, no pair and no picture.
 * @throws MimicitError MIMICIT_UNKNOWN_NAME, MIMICIT_SHOTS_EXCEED_CONTEXTS, MIMICIT_BAD_TOKENIZER, MIMICIT_EMPTY
 */
export async function prepareSource(dataset: Dataset, settings: LoaderSettings): Promise<Source> {
  const context = await selectContexts(dataset, settings.context ?? defaultContext(dataset))
  if (settings.shots > context.maxContexts) throw tooManyShots(settings.shots, context)
  const shuffle = shuffleNamed(settings.shuffle)
  const rules = await rulesOf(settings)
  const split = settings.split === undefined ? undefined : await readSplitRows(dataset, settings.split)
  const named = settings.queries === 'listed' ? context.queries : undefined
  const listed = split === undefined ? named : split.queries(named)
  const { orderKey, tables } = dataset.manifest
  const samples = listed?.length ?? tables.pairs.rows
  if (samples === 0) throw noSamples(dataset.location)
  return {
    dataset,
    settings,
    rules,
    samples,
    orderKey,
    shuffle,
    rowOf: (sample) => listed?.[sample] ?? sample,
    async candidates(queryRow) {
      const all = settings.shots === 0 ? [] : await context.contexts(queryRow)
      return split === undefined ? all : all.filter(split.has)
    },
    planParts: {
      ...changingBatches(settings),
      shuffle: `${settings.shuffle} ${shuffle.version}`,
      orderKey,
      context: contextIdentity(settings, context),
      tokenizer: rules.tokenizer.fingerprint,
      decoder: decoderFingerprint({ size: settings.imageSize, transform: settings.transform }),
      // Without a split the plan of a stream is what it was before there were any.
      ...(split === undefined ? {} : { split: split.identity }),
    },
  }
}

function contextIdentity({ shots }: LoaderSettings, context: ContextSelection): unknown {
  return shots === 0 && context.queries === undefined ? 'none' : context.identity
}

/** The settings that change batches. How many ranks share them, and empty rows at their end, change no sample. */
function changingBatches(settings: LoaderSettings): Readonly<Record<string, unknown>> {
  const {
    resume,
    worker,
    prefetchBytes,
    reuseBytes,
    turnBytes,
    workers,
    concurrency,
    epochs,
    tokenizer: _,
    ...others
  } = settings
  const { cacheDir, cacheBytes, network, rank, worldSize, padLast, ...changing } = others
  return changing
}

function noSamples(location: string): MimicitError {
  return new MimicitError('MIMICIT_EMPTY', {
    expected: 'at least one sample',
    where: location,
    received: 'a data set without any',
    hint: 'See `mimicit info`; its import may have left out every pair.',
  })
}
