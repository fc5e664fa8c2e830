// Options of the loader, parsed at the edge. Everything that changes a batch is in `planParts`.
import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { MimicitError } from '../base/errors.js'
import { isRecord, parseOptions } from '../base/options.js'
import type { ContextFunction } from '../context/selector.js'
import type { NetworkOptions } from '../io/http/range-client.js'
import { ALL_TOKENS, type TokenUses } from '../text/tokenise.js'
import { MEDIA_LAYOUTS, type MediaLayoutName } from '../tuple/subsets.js'
import type { Split } from '../tuple/tuple.js'
import { PIXEL_LAYOUTS, type PixelLayout } from '../vision/layout.js'
import { type NormalisationName, normalisations } from '../vision/normalise.js'
import { type TransformName, transforms } from '../vision/transforms.js'
import type { LoaderState } from './batch.js'
import type { LoaderEvent } from './events.js'
import { type FrameSamplingName, frameSamplings } from './frames.js'
import { CONTEXT_ORDERS, type ContextOrder } from './plan/choose-contexts.js'

/** Options of `loadMimicIT`. */
export interface LoaderOptions {
  /** Samples a step (rows, where they are packed), on all ranks together: a multiple of `worldSize`. @default 8 */
  readonly batchSize?: number
  /** Leaves out the last batch of an epoch when it is not full; an epoch without a full one is refused (MIMICIT_EMPTY).
   * @default false */
  readonly dropLast?: boolean
  /** Fills the last batch of an epoch up with empty rows, so that all batches have as many: no token of them is attended
   * to, their labels are -100 and their ids empty texts. @default false */
  readonly padLast?: boolean
  /** Which of the processes that train together this one is, from 0. Each gets its part of every step. @default 0 */
  readonly rank?: number
  /** Processes that train together. They all have equally many steps, with equally many rows; the samples of a step, rank
   * after rank, are the same for any number. @default 1 */
  readonly worldSize?: number
  /** Epochs until the stream ends; Infinity goes on for ever. @default 1 */
  readonly epochs?: number
  /** Decides the order together with the data set's order key. @default 0 */
  readonly seed?: number
  /**
   * Name of the order. `windowed` permutes windows of 1,024 neighbours and the samples inside each: a window's rows and
   * pictures are read and decoded together. `windowed:4096` has larger windows, `windowed:4096/8` makes each of eight runs
   * from anywhere in the data. `full` is a permutation of the whole epoch, `none` the order of the data. @default 'windowed'
   */
  readonly shuffle?: string
  /**
   * C_psi by name: a stored table (`stored:train`), `none`, or a function that is computed while loading (`same-visual`,
   * `random`; `selectors` has them all). Those that compare are for small data sets: store theirs with `mimicit context`.
   * A function of one's own gives pair rows for a query without its response, nearest first; it cannot travel to a thread, so
   * a stream that has one runs in this thread whatever `worker` says, and its text stands for it in the plan.
   * @default train, else rel_ins_ids, else none
   */
  readonly context?: string | ContextFunction
  /** In-context examples a query; fewer where C_psi has fewer or the token budget is short. @default 0 */
  readonly shots?: number
  /**
   * Draws the shots among so many of the nearest contexts by (seed, epoch, sample): others in every epoch, the same on every
   * rank and after a resume. @default the nearest ones, always
   */
  readonly contextPool?: number
  /**
   * How contexts stand in front of their query: `nearest-last` (the most similar one next to it), `nearest-first`, `random`
   * (by seed, epoch and sample), `listed` (as C_psi lists them). Whatever the order, a token budget drops the farthest first.
   * @default nearest-last where C_psi tells how near its contexts are; listed for lists as the sources have them (rounds, clips)
   */
  readonly contextOrder?: ContextOrder
  /** Which pairs are queries: those C_psi lists (a training list), or all. @default 'listed' */
  readonly queries?: 'listed' | 'all'
  /** Only pairs of this split: queries of others are left out, and so are in-context examples. @default every pair */
  readonly split?: Split
  /** Only pairs of these subsets are queries; their in-context examples may be of any. @default all */
  readonly subsets?: readonly string[]
  /** Only pairs in these languages (BCP 47 tags) are queries; their in-context examples may be in any. @default all */
  readonly languages?: readonly string[]
  /** Only the pairs of these ids are queries. @default all */
  readonly only?: readonly string[]
  /** Queries left out at the beginning of the list, before it is shuffled. @default 0 */
  readonly skip?: number
  /** Queries of the list at most, before it is shuffled: each epoch has the same. @default Infinity */
  readonly take?: number
  /** How several sources mix: every batch has each source's share, or they fall at random, so that the shares hold over
   * about 1,024 samples. @default 'stratified' */
  readonly mixing?: 'stratified' | 'random'
  /** Whether a single data set that says how its parts are to be mixed (`mixture` in its manifest, from training YAML
   * files) is mixed that way: each part with its number of samples an epoch. @default 'manifest' */
  readonly mixture?: 'manifest' | 'none'
  /** Samples of an epoch, for sources with weights. @default those of all sources together */
  readonly epochSamples?: number
  /** Name of the template. @default 'simple' */
  readonly template?: string
  /**
   * Texts of which one stands in front of each sample, before its first picture: drawn by (seed, epoch, sample), never with
   * loss. `manifest`: those of the part of the data set that the sample is of (`task_description` of training YAML). Where
   * rows are planned by their tokens each counts as the longest. @default 'none'
   */
  readonly taskDescriptions?: 'none' | 'manifest' | readonly string[]
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
  /**
   * Fills each row with as many whole samples as go into `maxTokens`, by best fit over the token counts of a window
   * (`lengthWindow`). A batch then has `batchSize` rows, and says which token and which media slot is of which sample
   * (`segmentIds`, `positions`, `mediaSegments`, `sampleRows`). @default false
   */
  readonly pack?: boolean
  /**
   * Tokens a step, padding included, on all ranks together: steps are made of samples of about one length, as many as go in,
   * in place of `batchSize` samples. At least `maxTokens`. Not with `pack`, `dropLast` or `padLast`. @default not set
   */
  readonly tokensPerBatch?: number
  /** Positions whose lengths `pack` and `tokensPerBatch` look at together: more fill rows better, and cost more when a stream
   * begins or goes on. @default 1024 */
  readonly lengthWindow?: number
  /** Pixel rows and columns. @default 224 */
  readonly imageSize?: number
  /** How a picture of any size becomes a square: `squash`, `resize-shortest`, `centre-crop`, `pad`. @default 'squash' */
  readonly transform?: TransformName
  /** Whether plain JPEGs that become much smaller (at least four times, a side) are decoded at a part of their size: several
   * times faster, at most one level of 255 away on average. @default false */
  readonly decoderScaling?: boolean
  /** Mean and deviation of float32 pixels: `clip`, `otter` (the same rounded), `none` ([0, 1]). @default 'clip' */
  readonly normalisation?: NormalisationName
  /** Type of the pixels: normalised float32, or uint8 as decoded. @default 'float32' */
  readonly pixels?: 'float32' | 'uint8'
  /** How each picture lies: planes [3,H,W], which our own models take, or the channels of a pixel together [H,W,3].
   * @default 'NCHW' */
  readonly pixelLayout?: PixelLayout
  /** One media layout for all pairs. @default that of each subset */
  readonly mediaLayout?: MediaLayoutName
  /** Whether consecutive turns on the same visuals share marks and slots. @default 'once' */
  readonly sharedVisuals?: 'once' | 'repeat'
  /** Frames of a video at most. @default 16 */
  readonly maxFrames?: number
  /**
   * Which frames of a video are taken: `linspace` (evenly from the first to the last, all of a short one), `otter` (the same,
   * frames of a short one repeated), `uniform` (the middle of even parts), `centre` (neighbours around the middle), `fps`
   * (so many a second from the first on, by their times). @default 'linspace'
   */
  readonly frames?: FrameSamplingName
  /** Of `frames: 'fps'`. @default 1 */
  readonly framesPerSecond?: number
  /**
   * Mirrors the pictures of half of the samples, all pictures of a sample or none; another half in every epoch. Samples whose
   * texts tell left from right stay as they are. @default false
   */
  readonly flip?: boolean
  /**
   * What is done about a sample that the data make unusable: a picture that is broken or not the one that was stored, an id
   * that leads nowhere, an empty response, a query that is too long. `error` ends the stream. `substitute` puts another
   * query of the same source in its place, drawn by a key of its own, up to eight times; every other sample stays where it
   * is. They are listed in `batch.faults` and counted. A network that fails is always an error. @default 'error'
   */
  readonly onBadSample?: 'error' | 'substitute'
  /** Continues the stream that gave this state. */
  readonly resume?: LoaderState
  /** `facts.planParts` of the stream that gave it (`plan.json` of a checkpoint): a refusal names what differs. */
  readonly resumePlan?: Readonly<Record<string, unknown>>
  /** Goes on from the state of another plan, with the samples that this plan has there. @default false */
  readonly force?: boolean
  /** Runs reading, decoding and collating in a worker thread, so that a busy event loop never starves it. @default false */
  readonly worker?: boolean
  /** Bytes of batches made ahead of the consumer. @default 128e6 */
  readonly prefetchBytes?: number
  /** Bytes of decoded pictures kept for reuse: those that are needed again soonest. @default 64e6 */
  readonly reuseBytes?: number
  /** Bytes of tokenised turns kept for reuse. @default 64e6 */
  readonly turnBytes?: number
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
  /** Ends the stream with MIMICIT_ABORTED and closes it, also where nobody iterates. */
  readonly signal?: AbortSignal | undefined
  /** Hears what happens; what it throws ends the loop. */
  readonly onEvent?: ((event: LoaderEvent) => void) | undefined
}

const namesOf = <K extends string>(registry: Readonly<Record<K, unknown>>) => Object.keys(registry) as [K, ...K[]]
const count = z.int().min(1)
const bytes = z.number().min(0)
const endless = z.union([count, z.literal(Number.POSITIVE_INFINITY)], 'a whole number from 1 on, or Infinity')

/** Every option with its default. */
export const schema = z.strictObject({
  batchSize: count.default(8),
  dropLast: z.boolean().default(false),
  padLast: z.boolean().default(false),
  rank: z.int().min(0).default(0),
  worldSize: count.default(1),
  epochs: endless.default(1),
  seed: z.int().default(0),
  shuffle: z.string().default('windowed'),
  context: z
    .custom<string | ContextFunction>(
      (value) => typeof value === 'string' || typeof value === 'function',
      'the name of an in-context function, or a function',
    )
    .optional(),
  shots: z.int().min(0).default(0),
  contextPool: count.optional(),
  contextOrder: z.enum(CONTEXT_ORDERS).optional(),
  queries: z.enum(['listed', 'all']).default('listed'),
  split: z.enum(['train', 'validation', 'test']).optional(),
  subsets: z.array(z.string()).min(1).optional(),
  languages: z.array(z.string()).min(1).optional(),
  only: z.array(z.string()).min(1).optional(),
  skip: z.int().min(0).default(0),
  take: endless.default(Number.POSITIVE_INFINITY),
  mixing: z.enum(['stratified', 'random']).default('stratified'),
  mixture: z.enum(['manifest', 'none']).default('manifest'),
  epochSamples: count.optional(),
  template: z.string().default('simple'),
  taskDescriptions: z
    .union([z.enum(['none', 'manifest']), z.array(z.string().min(1)).min(1)], 'none, manifest, or a list of texts')
    .default('none'),
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
  pack: z.boolean().default(false),
  tokensPerBatch: count.optional(),
  lengthWindow: count.max(65_536).default(1024),
  imageSize: z.int().min(1).max(4096).default(224),
  transform: z.enum(namesOf(transforms)).default('squash'),
  decoderScaling: z.boolean().default(false),
  normalisation: z.enum(namesOf(normalisations)).default('clip'),
  pixels: z.enum(['float32', 'uint8']).default('float32'),
  pixelLayout: z.enum(PIXEL_LAYOUTS).default('NCHW'),
  mediaLayout: z.enum(MEDIA_LAYOUTS).optional(),
  sharedVisuals: z.enum(['once', 'repeat']).default('once'),
  maxFrames: count.default(16),
  frames: z.enum(namesOf(frameSamplings)).default('linspace'),
  framesPerSecond: z.number().positive().default(1),
  flip: z.boolean().default(false),
  onBadSample: z.enum(['error', 'substitute']).default('error'),
  resume: z.custom<LoaderState>((value) => typeof value === 'object' && value !== null, 'a loader state').optional(),
  resumePlan: z.record(z.string(), z.unknown()).optional(),
  force: z.boolean().default(false),
  worker: z.boolean().default(false),
  prefetchBytes: bytes.default(128e6),
  reuseBytes: bytes.default(64e6),
  turnBytes: bytes.default(64e6),
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

/** What stays in this thread. */
const hooks = z.strictObject({
  signal: z.instanceof(AbortSignal, { error: 'an AbortSignal' }).optional(),
  onEvent: z.custom((value) => typeof value === 'function', 'a function that takes an event').optional(),
})

/** Parsed options. */
export type LoaderSettings = z.output<typeof schema>

/** @throws MimicitError MIMICIT_UNKNOWN_OPTION, MIMICIT_BAD_VALUE */
export function parseLoaderOptions(given: LoaderOptions): LoaderSettings {
  const { signal, onEvent, ...options } = isRecord('loadMimicIT', given)
  parseOptions('loadMimicIT', hooks, { signal, onEvent })
  const settings = parseOptions('loadMimicIT', schema, options)
  checkRanks(settings)
  checkBudget(settings)
  return settings
}

function checkBudget({ tokensPerBatch, maxTokens, pack, dropLast, padLast }: LoaderSettings): void {
  if (tokensPerBatch === undefined) return
  const bad = (expected: string, received: string) =>
    new MimicitError('MIMICIT_BAD_VALUE', { expected, where: 'option tokensPerBatch of loadMimicIT', received })
  if (pack) throw bad('a number of tokens, or pack, which fills batchSize rows', 'both')
  if (dropLast || padLast) throw bad('steps of any number of samples', dropLast ? 'dropLast' : 'padLast')
  if (tokensPerBatch < maxTokens) throw bad(`at least maxTokens, which is ${maxTokens}`, String(tokensPerBatch))
}

function checkRanks({ rank, worldSize, batchSize, tokensPerBatch }: LoaderSettings): void {
  if (rank >= worldSize) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: `a rank from 0 to ${worldSize - 1}, since worldSize is ${worldSize}`,
      where: 'option rank of loadMimicIT',
      received: String(rank),
    })
  }
  if (tokensPerBatch === undefined && batchSize % worldSize !== 0) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: `a multiple of worldSize, which is ${worldSize}: batchSize counts the samples of all ranks together`,
      where: 'option batchSize of loadMimicIT',
      received: String(batchSize),
      hint: `Set it to ${Math.ceil(batchSize / worldSize) * worldSize}.`,
    })
  }
}
