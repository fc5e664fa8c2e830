// The stream itself, in the thread that calls it: plan -> read and decode -> collate, with batches made ahead up to a
// byte limit. The order of batches never depends on timing.
import { allSettled } from '../base/all-settled.js'
import { MimicitError } from '../base/errors.js'
import { fingerprint } from '../base/hash.js'
import { pick } from '../base/options.js'
import { type ContextSelection, defaultContext, selectContexts, tooManyShots } from '../context/select.js'
import { type Dataset, openDataset } from '../shards/dataset.js'
import { labelPolicies } from '../text/labels.js'
import type { SpecialTokens, Tokenizer } from '../text/tokenizer.js'
import { subsetPreset } from '../tuple/subsets.js'
import { assembleSample, nearestOf } from './assemble.js'
import type { Batch, LoaderState } from './batch.js'
import { batchBytes, collate } from './collate.js'
import { type LoaderSettings, storeOptionsOf } from './options.js'
import { createPictureSource } from './pictures.js'
import { checkResume, type PlannedStep, planSteps, type StreamPlan, stepsPerEpoch } from './plan.js'
import { rulesOf } from './rules.js'
import { shuffles } from './shuffles.js'
import { readSplitRows, type SplitRows } from './split-rows.js'

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

/** Counters of a stream. */
export interface StreamStats {
  readonly picturesDecoded: number
  readonly picturesReused: number
  /** Milliseconds spent making batches, all together. */
  readonly makeMs: number
  readonly batches: number
}

/** A stream open in this thread. */
export interface OpenStream {
  readonly facts: StreamFacts
  batches(signal?: AbortSignal): AsyncGenerator<Batch>
  stats(): StreamStats
  /** Makes no further batch, awaits those in the making, then closes every file. */
  close(): Promise<void>
}

/**
 * Opens the data set and everything the stream needs; nothing but indexes is read.
 * @param signal stops what is read from far away, now and later
 */
export async function openStream(
  location: string,
  settings: LoaderSettings,
  signal?: AbortSignal,
): Promise<OpenStream> {
  const dataset = await openDataset(location, storeOptionsOf(settings, signal))
  try {
    return await prepare(dataset, settings)
  } catch (error) {
    await dataset.close()
    throw error
  }
}

async function prepare(dataset: Dataset, settings: LoaderSettings): Promise<OpenStream> {
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
  const start = settings.resume === undefined ? fresh : checkResume(settings.resume, planId, steps)
  const pictures = createPictureSource(dataset, settings.imageSize, settings.reuseBytes, settings.concurrency)
  const collateRules = { special: tokenizer.special, labels, imageSize: settings.imageSize, pixels: settings.pixels }
  let makeMs = 0
  let made = 0

  const assemble = async (sample: number) => {
    const row = listed?.[sample] ?? sample
    const query = await dataset.pair(row)
    const all = settings.shots === 0 ? [] : await context.contexts(row)
    const given = split === undefined ? all : all.filter(split.has)
    const chosen = nearestOf(given, settings.shots, subsetPreset(query.subset).nearest)
    const contexts = await allSettled(chosen.map((at) => dataset.pair(at)))
    return assembleSample(query, contexts, rules)
  }
  const make = async (step: PlannedStep): Promise<Batch> => {
    const began = performance.now()
    const samples = await allSettled(step.samples.map(assemble))
    const rows = new Set(samples.flatMap((sample) => sample.slots.flat()))
    const pixels = new Map<number, Uint8Array>()
    await allSettled([...rows].map(async (row) => pixels.set(row, await pictures.pixels(row))))
    const batch = collate(step, samples, (row) => pixels.get(row)!, collateRules)
    makeMs += performance.now() - began
    made++
    return batch
  }
  // Whoever closes a stream from outside its loop must find nothing that still reads, and nothing that begins to.
  const inTheMaking = new Set<Promise<Batch>>()
  let closed = false
  const beginBatch = (step: PlannedStep): Promise<Batch> => {
    if (closed) return Promise.reject(aborted())
    const batch = make(step)
    const done = () => inTheMaking.delete(batch)
    inTheMaking.add(batch)
    batch.then(done, done)
    return batch
  }

  return {
    facts: {
      length: steps,
      samples: plan.samples,
      plan: planId,
      planParts,
      start,
      vocabSize: tokenizer.vocabSize,
      special: tokenizer.special,
    },
    batches: (signal) => {
      // Whoever leaves does not wait for batches made ahead of him, least of all for a network that is in trouble.
      const leave = async () => dataset.store.close?.()
      const { prefetchBytes } = settings
      return inOrder({ steps: planSteps(plan, start), make: beginBatch, prefetchBytes, signal, leave })
    },
    stats: () => ({
      picturesDecoded: pictures.decoded,
      picturesReused: pictures.reused,
      makeMs,
      batches: made,
    }),
    async close() {
      closed = true
      await Promise.allSettled(inTheMaking)
      await dataset.close()
    },
  }
}

/** What making ahead needs. */
interface Ahead {
  readonly steps: Iterable<PlannedStep>
  readonly make: (step: PlannedStep) => Promise<Batch>
  readonly prefetchBytes: number
  readonly signal: AbortSignal | undefined
  /** Called when nobody wants another batch. */
  readonly leave: () => Promise<void>
}

/** Makes batches ahead until they hold `prefetchBytes`; always one ahead, so that making overlaps with consuming. */
async function* inOrder({ steps, make, prefetchBytes, signal, leave }: Ahead): AsyncGenerator<Batch> {
  const iterator = steps[Symbol.iterator]()
  const ahead: Promise<Batch>[] = []
  let bytesEach = 0
  const refill = () => {
    while (ahead.length < 2 || (ahead.length < MOST_AHEAD && (ahead.length + 1) * bytesEach <= prefetchBytes)) {
      // The size of a batch is not known before the first one is made, so nothing is assumed of it.
      if (bytesEach === 0 && ahead.length >= 2) return
      const next = iterator.next()
      if (next.done) return
      const batch = make(next.value)
      // A failure is thrown when its turn comes; until then it must not count as unhandled.
      batch.catch(() => undefined)
      ahead.push(batch)
    }
  }
  try {
    for (;;) {
      if (signal?.aborted) throw aborted()
      refill()
      const next = ahead.shift()
      if (next === undefined) return
      const batch = await next
      bytesEach = Math.max(bytesEach, batchBytes(batch))
      if (signal?.aborted) throw aborted()
      refill()
      yield batch
    }
  } finally {
    // Files may only be closed when nothing reads from them any more.
    await leave()
    await Promise.allSettled(ahead)
  }
}

const MOST_AHEAD = 16

/** The error of a stream that was asked to stop. */
export function aborted(): MimicitError {
  return new MimicitError('MIMICIT_ABORTED', {
    expected: 'to go on',
    where: 'the batch stream',
    received: 'a request to stop',
    hint: 'Resume with the last state.',
  })
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
  const { resume, worker, prefetchBytes, reuseBytes, concurrency, epochs, tokenizer: _, ...others } = settings
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
