// What a plan says: which samples stand in which row of which step.
import type { LoaderState } from '../batch.js'

/** One sample of a stream. */
export interface PlannedSample {
  /** Epoch and position in it, both from 0: together with the seed they decide what the sample is. */
  readonly epoch: number
  readonly position: number
  /** Which source it comes from, by its place in the mixture; 0 where there is only one. */
  readonly source: number
  /** Pair row of its query, in the data set of that source. */
  readonly row: number
  /** What its row is made of, where that was planned before its step was: where rows are filled by their lengths. */
  readonly content?: SampleContent
}

/** What a sample is made of. */
export interface SampleContent {
  /** Pair rows, in the order in which they stand in front of the query. */
  readonly contexts: readonly number[]
  /** Media rows, each once. */
  readonly media: readonly number[]
  /** Tokens of its row, ends included. */
  readonly tokens: number
  /** Why it could not be planned, in which case it has no tokens. */
  readonly fault?: Error
}

/** One step: what one rank makes a batch of. */
export interface PlannedStep {
  readonly epoch: number
  readonly step: number
  /** The samples of each row: one, several where rows are packed, none where a row only fills the batch up. */
  readonly rows: readonly (readonly PlannedSample[])[]
  /** Where the stream stands after it, the same on every rank. */
  readonly after: LoaderState
}
