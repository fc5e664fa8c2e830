// What the server and its page tell each other: plain data, so that both sides are checked against one description.
import type { RatedModel } from '../evaluate/elo/rate-models.js'
import type { LoaderState } from '../loader/batch.js'
import type { ContextRecord, LengthsRecord, Manifest } from '../shards/manifest.js'
import type { VerifyReport } from '../shards/verify/index.js'
import type { EvaluationMetrics, StepMetrics } from '../train/metrics.js'
import type { Pair } from '../tuple/tuple.js'

/** What the server has to show. */
export interface Overview {
  /** Which parts of the page there is something for. */
  readonly parts: readonly ('data' | 'runs' | 'arena' | 'cold-start')[]
  readonly dataset: DatasetFacts | null
}

/** A data set in a few words. */
export interface DatasetFacts {
  readonly location: string
  readonly pairs: number
  readonly pictures: number
  readonly form: string
  readonly generation: number
  readonly orderKey: string
  readonly subsets: readonly { readonly name: string; readonly title: string; readonly pairs: number }[]
  readonly statistics: Manifest['statistics']
  readonly contexts: readonly ContextFacts[]
  readonly lengths: readonly ({ readonly name: string } & Pick<LengthsRecord, 'rows' | 'ids'>)[]
  /** The in-context function that a stream takes where none is named: the name of a table, or `none`. */
  readonly defaultContext: string
  readonly templates: readonly string[]
  readonly labels: readonly string[]
  readonly transforms: readonly string[]
}

/** A stored C_psi. */
export interface ContextFacts {
  readonly name: string
  readonly queries: number
  readonly maxContexts: number
  readonly select: ContextRecord['select']
}

/** A pair as a line of a list. */
export interface RowLine {
  readonly row: number
  readonly id: string
  readonly subset: string
  readonly language: string
  readonly split: string | null
  /** The beginning of the instruction. */
  readonly instruction: string
  readonly pictures: number
  readonly firstPicture: number | null
}

/** A picture without its bytes. */
export interface PictureFacts {
  readonly row: number
  readonly id: string
  readonly width: number
  readonly height: number
  readonly format: string
  readonly byteLength: number
  readonly clip: string | null
  readonly seconds: number | null
}

/** Where the pair of an id is. */
export interface FoundId {
  /** Null where no pair has it. */
  readonly row: number | null
}

/** A pair in full. */
export interface FullPair extends Pair {
  readonly row: number
  readonly pictures: readonly PictureFacts[]
}

/** What a C_psi has for a query. */
export interface ContextList {
  readonly name: string
  /** False where the table says nothing of the query. */
  readonly listed: boolean
  readonly contexts: readonly { readonly score: number | null; readonly pair: FullPair }[]
}

/** What rows of a list have to be like; what is absent is not asked for. */
export interface Filter {
  readonly subset?: string | undefined
  readonly language?: string | undefined
  readonly split?: string | undefined
  /** Words that stand in the instruction or the response, in any case. */
  readonly text?: string | undefined
  /** A part of the id. */
  readonly id?: string | undefined
  readonly minPictures?: number | undefined
  readonly maxPictures?: number | undefined
  /** By this stored C_psi. */
  readonly context?: string | undefined
  readonly minContexts?: number | undefined
  readonly maxContexts?: number | undefined
}

/** How far a search has come. */
export interface SearchProgress {
  readonly id: string
  /** Pairs looked at, and all of them. */
  readonly done: number
  readonly total: number
  readonly found: number
  readonly finished: boolean
}

/** How a sample is made; the names are those of `loadMimicIT`. */
export interface SampleOptions {
  readonly context?: string | undefined
  readonly shots?: number | undefined
  readonly template?: string | undefined
  readonly labels?: string | undefined
  readonly transform?: string | undefined
  readonly tokenizer?: string | undefined
  readonly maxTokens?: number | undefined
  readonly imageSize?: number | undefined
  readonly seed?: number | undefined
  readonly epoch?: number | undefined
}

/** A pair as the model gets it: one row of a batch. */
export interface Sample {
  readonly row: number
  readonly id: string
  readonly shape: { readonly L: number; readonly T: number; readonly F: number; readonly H: number; readonly W: number }
  readonly tokenizer: string
  readonly maxTokens: number
  /** int32 [L] */
  readonly ids: readonly number[]
  /** The text of each token; empty where it only goes on a character that the token before began. */
  readonly pieces: readonly string[]
  /** 1 where a token gets loss, [L]. */
  readonly learned: readonly number[]
  /** Which turn a token belongs to, from 0; -1 for those of no turn, [L]. */
  readonly turns: readonly number[]
  /** 1 for special tokens, [L]. */
  readonly special: readonly number[]
  /** Contexts in the order in which they stand in the row. */
  readonly contextIds: readonly string[]
  /** Contexts that C_psi gave and the token budget left out. */
  readonly droppedIds: readonly string[]
  /** 1 where a slot and frame hold a picture, [T,F]. */
  readonly mediaMask: readonly number[]
  readonly mediaTimes: readonly (number | null)[] | null
  /** Lowest and highest number of the tensor of pixels. */
  readonly pixelRange: readonly [number, number] | null
}

/** A step of the loader. */
export interface PlannedStepLine {
  readonly step: number
  readonly samples: readonly { readonly row: number; readonly id: string; readonly contexts: readonly number[] }[]
  readonly after: LoaderState
}

/** The order of the loader from some step on. */
export interface PlanView {
  readonly plan: string
  readonly stepsPerEpoch: number | null
  readonly samples: number
  readonly from: LoaderState
  readonly steps: readonly PlannedStepLine[]
}

/** A training run in a few words. */
export interface RunFacts {
  readonly name: string
  readonly dir: string
  readonly model: string
  readonly steps: number
  readonly batchSize: number
  readonly shots: number
  readonly lr: number
}

/** What a run has said since the last news; the first are all that it has said. */
export interface RunNews {
  /** One for each step; of a long run each is the mean of some. */
  readonly points: readonly StepMetrics[]
  readonly evaluations: readonly EvaluationMetrics[]
  /** Steps of the checkpoints that are there. */
  readonly checkpoints: readonly number[]
  /** What was known before is forgotten. */
  readonly anew: boolean
}

/** An answer of the newest checkpoint of a run. */
export interface RunSample {
  readonly step: number
  readonly id: string
  /** Row of the pair, where the data set of the viewer has it. */
  readonly row: number | null
  readonly instruction: string
  readonly answer: string
  readonly reference: string | null
}

/** Two answers to vote on; whose they are is told afterwards. */
export interface Bout {
  readonly id: string
  readonly question: string
  readonly instruction: string | null
  /** What a person answered, where the data set has it. */
  readonly reference: string | null
  readonly pictures: readonly number[]
  readonly left: string
  readonly right: string
}

/** Where a vote stands. */
export interface ArenaState {
  readonly bout: Bout | null
  readonly voted: number
  readonly left: number
  readonly models: number
}

/** What voting has come to. */
export interface ArenaRatings {
  readonly battles: number
  readonly models: readonly Pick<
    RatedModel,
    'model' | 'battles' | 'won' | 'lost' | 'tied' | 'rating' | 'low' | 'high'
  >[]
}

/** A pair of a candidate. */
export interface CandidatePair {
  readonly instruction: string
  readonly response: string
}

/** A candidate to decide about. */
export interface ShownCandidate {
  readonly annotation: string
  /** The annotation as the model was shown it. */
  readonly user: string
  /** In the form of the task. */
  readonly reply: unknown
  readonly pairs: readonly CandidatePair[]
  /** What filters say against it. */
  readonly objections: readonly string[]
  readonly mediaIds: readonly string[]
}

/** What a search for in-context examples waits for. */
export type ColdStartPhase =
  /** For the model. */
  | { readonly kind: 'working' }
  /** For a decision. Answers name the question. */
  | { readonly kind: 'candidate'; readonly question: number; readonly candidate: ShownCandidate }
  | { readonly kind: 'round-done'; readonly question: number }
  /** For nothing: `finished` unless the same command goes on. */
  | {
      readonly kind: 'ended'
      readonly finished: boolean
      /** The file of the examples, where there are any. */
      readonly out: string | null
      readonly error: string | null
    }

/** How a search for in-context examples stands. */
export interface ColdStartView {
  readonly task: string
  readonly title: string
  /** From 0. */
  readonly round: number
  /** Candidates of this round that wait, the one in hand among them. */
  readonly waiting: number
  readonly examples: readonly { readonly annotation: string; readonly pairs: readonly CandidatePair[] }[]
  /** Annotations of this round of which nothing came. */
  readonly failed: readonly { readonly annotation: string; readonly reason: string }[]
  readonly phase: ColdStartPhase
}

/** One of several amounts. */
export interface Bar {
  readonly label: string
  readonly value: number
}

/** Something measured, ready to be drawn. */
export type Figure =
  | { readonly kind: 'bars'; readonly title: string; readonly unit: string; readonly bars: readonly Bar[] }
  | {
      readonly kind: 'histogram'
      readonly title: string
      readonly unit: string
      readonly bins: readonly { readonly from: number; readonly to: number; readonly count: number }[]
      readonly summary: {
        readonly count: number
        readonly min: number
        readonly median: number
        readonly mean: number
        readonly p95: number
        readonly max: number
      }
    }

/** The statistics of a data set. */
export interface StatisticsReport {
  readonly location: string
  readonly pairs: number
  readonly pictures: number
  readonly figures: readonly Figure[]
}

/** How far something that takes long is, or what it came to. */
export type MeasureNews<T> =
  | { readonly stage: string; readonly done: number; readonly total: number | null }
  | { readonly report: T }

/** What verification found. */
export type IssuesReport = Pick<VerifyReport, 'ok' | 'listed' | 'issues'>
