// What a stream did and where its time went. Work of several threads, and reads that wait together, count each on its own,
// so that a stage may have taken longer than the clock went on.
import type { CacheStats, StoreStats } from '../io/readable.js'
import type { Batch } from './batch.js'
import type { PictureObserver } from './pictures.js'

/** The stages of a batch: reading (rows and pictures), checking hashes, decoding, text to ids, filling the arrays. */
export const STAGES = ['read', 'hash', 'decode', 'tokenise', 'collate'] as const
/** Name of a stage. */
export type Stage = (typeof STAGES)[number]

/** What a stream has done so far, batches made ahead included. */
export interface StreamStats {
  readonly batches: number
  readonly samples: number
  /** Samples that the data made unusable, reserves included. */
  readonly badSamples: number
  /** Milliseconds by stage, summed over everything that ran at once. */
  readonly stageMs: Readonly<Record<Stage, number>>
  readonly picturesDecoded: number
  /** Uses of pictures served without decoding. */
  readonly picturesReused: number
  /** Bytes of the reads of pictures, and those of them that were pictures wanted. */
  readonly pictureBytesRead: number
  readonly pictureBytesUsed: number
  /** Tokens of all rows, and of them those that only fill a row up. */
  readonly tokens: number
  readonly paddingTokens: number
  /** The same of rows of one sample each, `batchSize` of them to a batch in the order of their positions: what there would be
   * without `pack` or `tokensPerBatch`. With either, of all ranks, as far as the stream has planned. */
  readonly plainTokens: number
  readonly plainPaddingTokens: number
  /** Requests, bytes and cache hits, where the data set is far away. */
  readonly store?: StoreStats
}

/** The same with what only the consumer's thread knows. */
export interface LoaderStats extends StreamStats {
  /** Batches handed out. */
  readonly batchesTaken: number
  /** Milliseconds that the loop waited for batches. */
  readonly waitMs: number
  /** Milliseconds that the loop was busy with batches. */
  readonly consumerMs: number
}

/** A stream that has done nothing. */
export const NO_STATS: StreamStats = {
  batches: 0,
  samples: 0,
  badSamples: 0,
  stageMs: { read: 0, hash: 0, decode: 0, tokenise: 0, collate: 0 },
  picturesDecoded: 0,
  picturesReused: 0,
  pictureBytesRead: 0,
  pictureBytesUsed: 0,
  tokens: 0,
  paddingTokens: 0,
  plainTokens: 0,
  plainPaddingTokens: 0,
}

/** Cells of rows, and those of them that hold nothing. */
export interface Padding {
  readonly tokens: number
  readonly paddingTokens: number
}

/** Counts what a stream does. */
export interface StatsRecorder {
  /** Adds milliseconds to a stage. */
  add(stage: Stage, ms: number): void
  /** Runs work that ends when it returns, and adds its time. */
  time<T>(stage: Stage, work: () => T): T
  /** A batch was made, without so many samples that could not be used. */
  made(batch: Batch, badSamples?: number): void
  /** Samples were planned by their lengths, who would else have been padded so. */
  planned(plain: Padding): void
  readonly observer: PictureObserver
  /** @param stores counters of the places that are read from, where they have any */
  stats(stores: readonly (StoreStats | undefined)[]): StreamStats
}

/** Starts counting. */
export function recordStats(): StatsRecorder {
  const stageMs: Record<Stage, number> = { ...NO_STATS.stageMs }
  const { stageMs: _, store: __, ...zero } = NO_STATS
  const counts: Record<keyof typeof zero, number> = { ...zero }
  let byLengths = false
  const add = (stage: Stage, ms: number) => {
    stageMs[stage] += ms
  }
  return {
    add,
    time(stage, work) {
      const began = performance.now()
      try {
        return work()
      } finally {
        add(stage, performance.now() - began)
      }
    },
    made({ ids, attentionMask }, badSamples = 0) {
      counts.badSamples += badSamples
      counts.batches++
      counts.samples += ids.filter((id) => id !== '').length
      counts.tokens += attentionMask.length
      // Every cell of a mask is 0 or 1 for one sample, and larger where a row holds several.
      for (let i = 0; i < attentionMask.length; i++) if (attentionMask[i] === 0) counts.paddingTokens++
    },
    planned({ tokens, paddingTokens }) {
      byLengths = true
      counts.plainTokens += tokens
      counts.plainPaddingTokens += paddingTokens
    },
    observer: {
      read(bytes, wanted, ms) {
        counts.pictureBytesRead += bytes
        counts.pictureBytesUsed += wanted
        add('read', ms)
      },
      hash: (ms) => add('hash', ms),
      decoded(ms) {
        counts.picturesDecoded++
        add('decode', ms)
      },
      reused() {
        counts.picturesReused++
      },
    },
    stats(stores) {
      const far = stores.filter((store) => store !== undefined)
      const plain = { plainTokens: counts.tokens, plainPaddingTokens: counts.paddingTokens }
      return {
        ...counts,
        ...(byLengths ? {} : plain),
        stageMs: { ...stageMs },
        ...(far.length === 0 ? {} : { store: sumOf(far) }),
      }
    },
  }
}

/** Counters of several stores together. */
function sumOf(stores: readonly StoreStats[]): StoreStats {
  const total = (of: (store: StoreStats) => number) => stores.reduce((sum, store) => sum + of(store), 0)
  const cached = stores.flatMap(({ cache }) => (cache === undefined ? [] : [cache]))
  const sum = (name: keyof CacheStats) => cached.reduce((all, cache) => all + cache[name], 0)
  return {
    requests: total(({ requests }) => requests),
    retries: total(({ retries }) => retries),
    bytes: total(({ bytes }) => bytes),
    ...(cached.length === 0
      ? {}
      : {
          cache: {
            hits: sum('hits'),
            misses: sum('misses'),
            evicted: sum('evicted'),
            damaged: sum('damaged'),
            unwritten: sum('unwritten'),
          },
        }),
  }
}
