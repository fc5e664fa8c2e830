// One planned step made into a batch: its pairs read, its samples put together, its pictures fetched together and decoded,
// all collated. That comes last and apart: batches that wait for their turn are not filled yet.
import { allSettled } from '../base/all-settled.js'
import { isMimicitError, MimicitError } from '../base/errors.js'
import { isLocal } from '../io/location.js'
import type { DecoderThreads } from '../vision/decoder-threads.js'
import { aborted } from './aborted.js'
import { type AssembledSample, assembleTurns } from './assemble.js'
import type { StreamedBatch } from './batch.js'
import { batchShape, collate, pixelBytes } from './collate.js'
import { usableSamples } from './faults.js'
import { isMirrored, mirrored } from './flip.js'
import type { ForeseenStep } from './foresee.js'
import { createJoin } from './join.js'
import { leadOf } from './leads.js'
import type { LoaderSettings } from './options.js'
import { createPicturePool } from './pictures.js'
import type { Foresight } from './plan/foresight.js'
import type { PlannedSample, PlannedStep } from './plan/planned.js'
import type { Prepared } from './prepare.js'
import { bufferPool } from './recycle.js'
import { recordStats, type StreamStats } from './stats.js'
import { createTurnSource } from './turn-source.js'
import type { WindowMeans } from './window-planner.js'

/** A batch whose samples and pictures are at hand: a quarter of the memory of float32 pixels. */
export interface GatheredBatch {
  /** Fills its arrays; to be called once, when its turn has come. */
  collate(): StreamedBatch
}

/** Makes the batches of a stream, several at a time if it is asked to. */
export interface BatchMaker {
  /**
   * Gets together what a batch is made of.
   * @throws MimicitError MIMICIT_TOO_LONG, MIMICIT_CORRUPT, MIMICIT_BAD_PICTURE, MIMICIT_NETWORK, MIMICIT_ABORTED
   */
  gather(step: ForeseenStep): Promise<GatheredBatch>
  /** Makes ready for many batches, which begin to be asked for. */
  start(): void
  stats(): StreamStats
  /** What planning by lengths shares with it. */
  readonly means: WindowMeans
  /** Takes memory of pixels for later batches. */
  recycle(buffer: ArrayBuffer): void
  /** Begins nothing more: batches in the making fail with MIMICIT_ABORTED as soon as what is at hand has ended. */
  close(): Promise<void>
}

/** A stream of fewer is done before threads that decode have started, each of which takes a tenth of a second of its core. */
const FEW = 32

/** Whether a stream has so many pictures that threads to decode them are worth their start. */
export function hasManyPictures({ facts, sources }: Pick<Prepared, 'facts' | 'sources'>): boolean {
  const seen = sources.filter((source) => source.settings.mediaLayout !== 'text-only')
  const most = seen.reduce((sum, { dataset }) => sum + dataset.manifest.tables.media.rows, 0)
  return Math.min(facts.samples, most) > FEW
}

/** Batches on their way where another thread takes them: with it, between the threads, and at hand. */
const ON_THEIR_WAY = 3
/** So many batches tell a stream that goes on. A quick consumer would come to have all three after hours, and memory with it. */
const SETTLED = 16

/** When a step may ask for its pictures: after the step before it, and before the one behind it. */
interface Turn {
  readonly before: Promise<void>
  readonly begun: () => void
  /** Hears of its samples while their pictures are decoded. */
  readonly assembled?: ((samples: readonly (AssembledSample | undefined)[]) => void) | undefined
}

/** What a thread that makes batches may have for them. */
export interface BatchMeans {
  /** Memory of pixels that comes back by another way than `recycle`. */
  readonly returned?: () => ArrayBuffer | undefined
  /** Threads that decode, which end with the maker. */
  readonly decoders?: DecoderThreads
}

/** A maker of batches with pictures of its own. */
export function createBatchMaker(
  settings: LoaderSettings,
  prepared: Prepared,
  { returned, decoders }: BatchMeans = {},
): BatchMaker {
  const { sources, draws, collateRules, refills } = prepared
  const recorder = recordStats()
  const pool = createPicturePool({
    cacheBytes: settings.reuseBytes,
    threads: settings.workers,
    concurrency: settings.concurrency,
    decoders,
    observer: recorder.observer,
  })
  const { imageSize: size, pixelLayout: layout, decoderScaling } = settings
  const pictures = sources.map(({ dataset, settings: { transform } }) =>
    pool.source(dataset, { size, transform, layout, decoderScaling }),
  )
  const turns = sources.map(({ dataset, rules }) =>
    createTurnSource(dataset, rules, settings.turnBytes / sources.length, recorder),
  )
  const buffers = bufferPool(settings.prefetchBytes, returned)
  const isNear = sources.every(({ dataset }) => isLocal(dataset.location))
  let closed = false
  let filled = 0
  const goOn = () => {
    if (closed) throw aborted()
  }

  const join = createJoin(sources, turns, goOn)

  /** Puts joined samples together, each failing alone. */
  const assemble = async (planned: readonly PlannedSample[]) => {
    const joined = await join(planned)
    return Promise.allSettled(
      joined.map(async (one, i) => {
        if (one.status === 'rejected') throw one.reason
        const { query, contexts, media, tokens } = one.value
        const { source, epoch } = planned[i]!
        const { rules, dataset } = sources[source]!
        const lead = rules.leads && leadOf(rules.leads, settings.seed, epoch, query.id)
        const sample = recorder.time('tokenise', () => assembleTurns(query, contexts, rules, lead))
        // It was planned with the longest description.
        const shorter = lead === undefined ? 0 : rules.leads!.longest - lead.length
        if (tokens !== undefined && tokens !== sample.ids.length + shorter)
          throw lying(dataset.location, sample, tokens)
        return { sample, media }
      }),
    )
  }
  const isFlipped = ({ id, sided }: AssembledSample, { source: at, epoch }: PlannedSample) =>
    sources[at]!.settings.flip && !sided && isMirrored(settings.seed, epoch, id)
  /**
   * Samples with their pixels by media row, each failing alone; pictures of all of them are fetched together.
   * @param held gets the pictures, which are to be released when the samples are done with
   */
  const makeSamples = async (
    planned: readonly PlannedSample[],
    { nextUse }: Foresight,
    held: { release(): void }[],
    { before, begun, assembled: hear }: Turn,
  ) => {
    const assembled = await assemble(planned)
    await before
    goOn()
    const loading = pictures.map((source, at) => {
      const rows = new Set<number>()
      for (const [i, one] of assembled.entries()) {
        if (one.status === 'fulfilled' && planned[i]!.source === at) for (const row of one.value.media) rows.add(row)
      }
      const loaded = source.load([...rows], (row) => nextUse(at, row))
      held.push(loaded)
      return new Map([...rows].map((row, i) => [row, loaded.pixels[i]!]))
    })
    begun()
    hear?.(assembled.map((one) => (one.status === 'fulfilled' ? one.value.sample : undefined)))
    const made = assembled.map(async (one, i) => {
      if (one.status === 'rejected') throw one.reason
      const { sample, media: rows } = one.value
      const pixels = rows.map((row) => loading[planned[i]!.source]!.get(row)!.catch(needed(row, sample.id)))
      const all = await allSettled(pixels)
      return { sample, pixels: new Map(rows.map((row, at) => [row, all[at]!])) }
    })
    return Promise.allSettled(made)
  }

  /** Begins with the pictures of a step before its texts are read, as far as they are known. */
  const expectPictures = ({ step, made }: ForeseenStep, { nextUse }: Foresight) =>
    pictures.map((source, at) => {
      const rows = (made ?? []).flatMap((row, r) => row.filter((_, i) => step.rows[r]![i]!.source === at))
      return source.expect(new Set(rows.flatMap(({ media }) => media)), (row) => nextUse(at, row))
    })
  /** Takes the memory of a batch while others decode its pictures: to fill memory that is new costs more than to decode them. */
  const prepareMemory = (step: PlannedStep) => {
    let isPrepared = false
    return (samples: readonly (AssembledSample | undefined)[]) => {
      if (isPrepared) return
      isPrepared = true
      let at = 0
      const rows = step.rows.map((planned) => {
        const own = samples.slice(at, at + planned.length)
        at += planned.length
        return own.filter((sample) => sample !== undefined)
      })
      void buffers.prepare(pixelBytes(batchShape(rows, collateRules.imageSize), collateRules))
    }
  }
  // Pictures are asked for in the order of the steps, whichever has its texts first: what is read and kept is what was planned.
  let lastTurn = Promise.resolve()
  const takeTurn = (): Turn => {
    const before = lastTurn
    let begun: () => void
    lastTurn = new Promise((resolve) => {
      begun = resolve
    })
    return { before, begun: begun! }
  }
  const gather = async (step: PlannedStep, foresight: Foresight, held: { release(): void }[], turn: Turn) => {
    const { samples, faults } = await usableSamples(step.rows.flat(), {
      policy: settings.onBadSample,
      make: (planned) => makeSamples(planned, foresight, held, turn),
      reserveOf: refills ? draws.reserveOf : undefined,
    })
    pool.passed(foresight.at)
    goOn()
    let at = 0
    const rows = step.rows.map((planned) => {
      const own = samples.slice(at, at + planned.length)
      at += planned.length
      return own.flatMap((one) => (one === undefined ? [] : [one.made.sample]))
    })
    const pixels = new Map(samples.flatMap((one) => (one === undefined ? [] : [[one.made.sample, one.made.pixels]])))
    const flipped = new Set(
      samples.flatMap((one) => (one !== undefined && isFlipped(one.made.sample, one.planned) ? [one.made.sample] : [])),
    )
    const pictureOf = (row: number, sample: AssembledSample) => {
      const decoded = pixels.get(sample)!.get(row)!
      return flipped.has(sample) ? mirrored(decoded, size, layout) : decoded
    }
    return (): StreamedBatch => {
      const batch = recorder.time('collate', () => collate(step, rows, pictureOf, collateRules, buffers))
      recorder.made(batch, faults.length)
      if (++filled === SETTLED && returned !== undefined)
        void buffers.settle(ON_THEIR_WAY, batch.pixelValues.byteLength)
      return { ...batch, state: step.after, faults }
    }
  }

  return {
    async gather(foreseen) {
      const { step, foresight } = foreseen
      const held: { release(): void }[] = []
      const release = () => {
        for (const pictures of held) pictures.release()
      }
      const turn = takeTurn()
      try {
        // Somebody waits for the first one; the others are made ahead.
        const isAwaited = foresight.at === 0 && foreseen.made !== undefined
        if (isAwaited) {
          const expected = expectPictures(foreseen, foresight)
          held.push(...expected)
          // Texts on a disk would keep this thread from hearing that bytes are there: those who decode have theirs first.
          if (isNear) await Promise.all(expected.map(({ read }) => read))
        }
        const assembled = isAwaited ? prepareMemory(step) : undefined
        const fill = await gather(step, foresight, held, { ...turn, assembled })
        return {
          collate() {
            try {
              return fill()
            } finally {
              release()
            }
          },
        }
      } catch (error) {
        release()
        throw error
      } finally {
        turn.begun()
      }
    },
    means: { turns, goOn, planned: recorder.planned },
    start() {
      if (hasManyPictures(prepared)) pool.start()
    },
    stats: () => recorder.stats(sources.map(({ dataset }) => dataset.store.stats?.())),
    recycle: (buffer) => buffers.give(buffer),
    async close() {
      closed = true
      await Promise.all([pool, ...turns].map((one) => one.close()))
    },
  }
}

/** Makes the error of a picture that of the sample that needed it. */
function needed(row: number, id: string): (error: unknown) => never {
  return (error) => {
    if (!isMimicitError(error) || error.code === 'MIMICIT_ABORTED') throw error
    const { parts } = error
    throw new MimicitError(error.code, { ...parts, where: `${parts.where}, picture ${row} of sample ${id}` })
  }
}

const lying = (location: string, { id, ids }: AssembledSample, tokens: number) =>
  new MimicitError('MIMICIT_CORRUPT', {
    expected: `a row of ${tokens} tokens, as a lengths table of ${location} says`,
    where: `sample ${id}`,
    received: `${ids.length} tokens`,
    hint: 'Run `mimicit verify`, and `mimicit tokenize` again.',
  })
