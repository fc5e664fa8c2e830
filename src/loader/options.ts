// Options of the loader, parsed at the edge. Everything that changes a batch is in `planParts`.
import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { isRecord, parseOptions } from '../base/options.js'
import type { NetworkOptions } from '../io/http/range-client.js'
import type { StoreOptions } from '../io/store.js'
import { ALL_TOKENS, type TokenUses } from '../text/tokenise.js'
import { MEDIA_LAYOUTS, type MediaLayoutName } from '../tuple/subsets.js'
import type { Split } from '../tuple/tuple.js'
import type { LoaderState } from './batch.js'

/** Options of `loadMimicIT`. */
export interface LoaderOptions {
  /** Samples a batch. @default 8 */
  readonly batchSize?: number
  /** Leaves out the last batch of an epoch when it is not full. @default false */
  readonly dropLast?: boolean
  /** Epochs until the stream ends; Infinity goes on for ever. @default 1 */
  readonly epochs?: number
  /** Decides the order together with the data set's order key. @default 0 */
  readonly seed?: number
  /** Name of the order: `full` (a permutation of the epoch) or `none`. @default 'full' */
  readonly shuffle?: string
  /** C_psi by name: `stored:train`, `stored:rel_ins_ids`, `none`. @default train, else rel_ins_ids, else none */
  readonly context?: string
  /** In-context examples a query; fewer where C_psi has fewer or the token budget is short. @default 0 */
  readonly shots?: number
  /** Which pairs are queries: those C_psi lists (a training list), or all. @default 'listed' */
  readonly queries?: 'listed' | 'all'
  /** Only pairs of this split: queries of others are left out, and so are in-context examples. @default every pair */
  readonly split?: Split
  /** Name of the template. @default 'simple' */
  readonly template?: string
  /** Name of what is done to texts before they are rendered; all but `none` loses something. @default 'none' */
  readonly cleaning?: string
  /**
   * Which special tokens stand in a row: `learned` (with loss where the label policy gives it), `shown` (without) or
   * `absent`. @default { answer: 'shown', endOfChunk: 'learned', eos: 'learned' }
   */
  readonly tokens?: Partial<TokenUses>
  /** Name of the label policy. @default 'head' */
  readonly labels?: string
  /** `bytes`, or the path of a tokenizer.json. @default 'bytes' */
  readonly tokenizer?: string
  /** Tokens a row at most, bos and eos included. @default 2048 */
  readonly maxTokens?: number
  /** Pixel rows and columns. @default 224 */
  readonly imageSize?: number
  /** Type of the pixels: normalised float32, or uint8 as decoded. @default 'float32' */
  readonly pixels?: 'float32' | 'uint8'
  /** One media layout for all pairs. @default that of each subset */
  readonly mediaLayout?: MediaLayoutName
  /** Whether consecutive turns on the same visuals share marks and slots. @default 'once' */
  readonly sharedVisuals?: 'once' | 'repeat'
  /** Frames of a video at most. @default 16 */
  readonly maxFrames?: number
  /** Continues the stream that gave this state. */
  readonly resume?: LoaderState
  /** Runs reading, decoding and collating in a worker thread, so that a busy event loop never starves it. @default false */
  readonly worker?: boolean
  /** Bytes of batches made ahead of the consumer. @default 256e6 */
  readonly prefetchBytes?: number
  /** Bytes of decoded pictures kept for reuse. @default 64e6 */
  readonly reuseBytes?: number
  /**
   * Threads that decode pictures; 0 = none, all is decoded in the thread of the stream. They start once a stream has got
   * some way. @default the number of cores
   */
  readonly workers?: number
  /** Pictures decoded at once where no thread does it. @default the number of cores, at least 2 */
  readonly concurrency?: number
  /** Directory of a cache for a data set far away; several runs may share it. @default none */
  readonly cacheDir?: string
  /** Bytes that cache may take; 0 = no cache. @default 10e9 */
  readonly cacheBytes?: number
  /** How patient reading from far away is. */
  readonly network?: NetworkOptions
  /** Ends the stream with MIMICIT_ABORTED. */
  readonly signal?: AbortSignal | undefined
}

const count = z.int().min(1)
const bytes = z.number().min(0)

const schema = z.strictObject({
  batchSize: count.default(8),
  dropLast: z.boolean().default(false),
  epochs: z.union([count, z.literal(Number.POSITIVE_INFINITY)]).default(1),
  seed: z.int().default(0),
  shuffle: z.string().default('full'),
  context: z.string().optional(),
  shots: z.int().min(0).default(0),
  queries: z.enum(['listed', 'all']).default('listed'),
  split: z.enum(['train', 'validation', 'test']).optional(),
  template: z.string().default('simple'),
  cleaning: z.string().default('none'),
  tokens: z
    .strictObject({
      answer: z.enum(['shown', 'absent']).default(ALL_TOKENS.answer),
      endOfChunk: z.enum(['learned', 'shown', 'absent']).default(ALL_TOKENS.endOfChunk),
      eos: z.enum(['learned', 'shown', 'absent']).default(ALL_TOKENS.eos),
    })
    .default(ALL_TOKENS),
  labels: z.string().default('head'),
  tokenizer: z.string().default('bytes'),
  maxTokens: count.default(2048),
  imageSize: z.int().min(1).max(4096).default(224),
  pixels: z.enum(['float32', 'uint8']).default('float32'),
  mediaLayout: z.enum(MEDIA_LAYOUTS).optional(),
  sharedVisuals: z.enum(['once', 'repeat']).default('once'),
  maxFrames: count.default(16),
  resume: z.custom<LoaderState>((value) => typeof value === 'object' && value !== null, 'a loader state').optional(),
  worker: z.boolean().default(false),
  prefetchBytes: bytes.default(256e6),
  reuseBytes: bytes.default(64e6),
  workers: z
    .int()
    .min(0)
    .max(256)
    .default(() => availableParallelism()),
  concurrency: count.default(() => Math.max(2, availableParallelism())),
  cacheDir: z.string().min(1).optional(),
  cacheBytes: bytes.default(10e9),
  network: z
    .strictObject({
      tries: count.optional(),
      timeoutMs: bytes.optional(),
      backoffMs: bytes.optional(),
      maxBackoffMs: bytes.optional(),
      concurrency: count.optional(),
    })
    .default({}),
})

/** Parsed options. */
export type LoaderSettings = z.output<typeof schema>

/** @throws MimicitError MIMICIT_UNKNOWN_OPTION, MIMICIT_BAD_VALUE */
export function parseLoaderOptions(given: LoaderOptions): LoaderSettings {
  const { signal: _, ...options } = isRecord('loadMimicIT', given)
  return parseOptions('loadMimicIT', schema, options)
}

/** What of the settings is about reading from far away. None of it changes a batch. */
export function storeOptionsOf(
  { cacheDir, cacheBytes, network }: LoaderSettings,
  signal: AbortSignal | undefined,
): StoreOptions {
  return {
    network: network as NetworkOptions,
    signal,
    ...(cacheDir === undefined ? {} : { cache: { dir: cacheDir, maxBytes: cacheBytes } }),
  }
}
