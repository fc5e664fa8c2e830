// A pair as the model gets it: the loader itself makes a batch of the one sample, and its tensors are shown, not something
// that should come to the same.

import { MimicitError } from '../../base/errors.js'
import { LruCache } from '../../base/lru.js'
import type { StreamedBatch } from '../../loader/batch.js'
import { alone } from '../../loader/foresee.js'
import { type BatchMaker, createBatchMaker } from '../../loader/make-batch.js'
import { type Prepared, prepare } from '../../loader/prepare.js'
import type { Dataset } from '../../shards/dataset.js'
import { subsetPreset } from '../../tuple/subsets.js'
import type { Sample, SampleOptions } from '../wire.js'
import { shownSettings } from './loader-settings.js'
import { type PicturePlace, pixelsAsPng } from './pixels.js'
import { tokenPieces } from './token-pieces.js'

/** Samples of a data set. */
export interface Samples {
  /** @throws MimicitError MIMICIT_TOO_LONG, MIMICIT_BAD_PICTURE, MIMICIT_CORRUPT and those of the options */
  get(row: number, options: SampleOptions): Promise<Sample>
  /** A picture of its tensor as PNG. @throws MimicitError the same, MIMICIT_NOT_FOUND for a place without a picture */
  picture(row: number, options: SampleOptions, place: PicturePlace): Promise<Uint8Array>
  close(): Promise<void>
}

interface Maker {
  readonly prepared: Prepared
  readonly maker: BatchMaker
}

interface Made {
  readonly batch: StreamedBatch
  /** Contexts that C_psi gave, as many as were asked for. */
  readonly chosen: readonly number[]
}

/** Streams kept ready, one for each set of options. */
const KEPT_MAKERS = 3
const KEPT_BATCH_BYTES = 96e6

/** @param tokenizer `bytes`, or the path of a tokenizer.json: that of the server, never one that a request names */
export function createSamples(dataset: Dataset, tokenizer: string): Samples {
  const makers = new Map<string, Promise<Maker>>()
  const batches = new LruCache<string, Promise<Made>>(KEPT_BATCH_BYTES)
  const forget = async (maker: Promise<Maker> | undefined) => {
    await maker?.then((one) => one.maker.close()).catch(() => undefined)
  }
  const settingsOf = (options: SampleOptions) =>
    shownSettings(dataset, options, { tokenizer, queries: 'all', mixture: 'none' })

  const makerOf = (options: SampleOptions): Promise<Maker> => {
    const { epoch: _, ...lasting } = options
    const key = JSON.stringify(lasting)
    const found = makers.get(key)
    const made =
      found ??
      (async () => {
        const settings = settingsOf(options)
        const prepared = await prepare([{ dataset, own: { source: dataset.location } }], settings)
        return { prepared, maker: createBatchMaker(settings, prepared) }
      })()
    made.catch(() => makers.delete(key))
    makers.delete(key)
    makers.set(key, made)
    const oldest = makers.keys().next().value
    if (makers.size > KEPT_MAKERS && oldest !== undefined) {
      const left = makers.get(oldest)
      makers.delete(oldest)
      void forget(left)
    }
    return made
  }

  const make = async (row: number, options: SampleOptions): Promise<Made> => {
    const { prepared, maker } = await makerOf(options)
    const { epoch = 0 } = options
    const source = prepared.sources[0]!
    const { subset } = await dataset.pair(row)
    const nearest = source.nearest ?? subsetPreset(subset).nearest
    const chosen = source.choose(await source.candidatesOf(row), row, nearest, epoch)
    const planned = { epoch, position: 0, source: 0, row }
    const gathered = await maker.gather(alone({ epoch, step: 0, rows: [[planned]], after: prepared.facts.start }))
    const batch = gathered.collate()
    return { batch, chosen }
  }
  const madeOf = (row: number, options: SampleOptions) => {
    const key = JSON.stringify([row, options])
    const found = batches.get(key)
    if (found !== undefined) return found
    const made = make(row, options)
    made.then(
      ({ batch }) => batches.set(key, made, batch.pixelValues.byteLength + 4096),
      () => batches.delete(key),
    )
    return made
  }

  return {
    async get(row, options) {
      const { batch, chosen } = await madeOf(row, options)
      const { rules } = (await makerOf(options)).prepared.sources[0]!
      const chosenIds = await Promise.all(chosen.map(async (at) => (await dataset.pair(at)).id))
      return sampleOf(row, batch, { chosenIds, tokenizer: rules.tokenizer, maxTokens: rules.maxTokens })
    },
    async picture(row, options, place) {
      const { batch } = await madeOf(row, options)
      const { T, F } = batch.shape
      const there = place.slot < T && place.frame < F && batch.mediaMask[place.slot * F + place.frame] === 1
      if (!there || !(batch.pixelValues instanceof Float32Array)) {
        throw new MimicitError('MIMICIT_NOT_FOUND', {
          expected: `a picture of ${T} slots of ${F} frames`,
          where: `the sample of row ${row}`,
          received: `slot ${place.slot}, frame ${place.frame}`,
        })
      }
      return pixelsAsPng(batch.pixelValues, batch.shape, place, 'clip')
    },
    async close() {
      await Promise.all([...makers.values()].map(forget))
      makers.clear()
      batches.clear()
    },
  }
}

interface SampleFacts {
  readonly chosenIds: readonly string[]
  readonly tokenizer: Prepared['sources'][number]['rules']['tokenizer']
  readonly maxTokens: number
}

function sampleOf(row: number, batch: StreamedBatch, { chosenIds, tokenizer, maxTokens }: SampleFacts): Sample {
  const { inputIds, labels, shape, mediaMask, mediaTimes, pixelValues } = batch
  const { L, T, F, H, W } = shape
  const contextIds = batch.contextIds[0] ?? []
  const kept = new Set(contextIds)
  return {
    row,
    id: batch.ids[0] ?? '',
    shape: { L, T, F, H, W },
    tokenizer: tokenizer.name,
    maxTokens,
    ids: Array.from(inputIds),
    ...tokenPieces(inputIds, tokenizer),
    learned: Array.from(labels, (label) => (label >= 0 ? 1 : 0)),
    contextIds,
    droppedIds: chosenIds.filter((id) => !kept.has(id)),
    mediaMask: Array.from(mediaMask),
    mediaTimes: mediaTimes ? Array.from(mediaTimes, (time) => (Number.isNaN(time) ? null : time)) : null,
    pixelRange: rangeOf(pixelValues),
  }
}

function rangeOf(values: Float32Array | Uint8Array): readonly [number, number] | null {
  if (values.length === 0) return null
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return [low, high]
}
