// The batch: what a training step gets. Typed arrays, row-major, ready to be transferred to another thread or wrapped as
// tensors without a copy.

import type { PixelLayout } from '../vision/layout.js'

/** Sizes of a batch. */
export interface BatchShape {
  /** Rows (samples). */
  readonly B: number
  /** Tokens a row, padded to the longest. */
  readonly L: number
  /** Media slots a row; the k-th `<image>` of a row belongs to slot k-1. 0 when no row has a picture. */
  readonly T: number
  /** Frames a slot. */
  readonly F: number
  /** Pixel rows and columns. */
  readonly H: number
  readonly W: number
}

/** One step's worth of samples. */
export interface Batch {
  readonly shape: BatchShape
  /** Token ids, int32 [B,L], right-padded with the tokenizer's pad id. */
  readonly inputIds: Int32Array
  /** 1 for real tokens, 0 for padding, int32 [B,L]. */
  readonly attentionMask: Int32Array
  /** Aligned with `inputIds`: the id where it gets loss, -100 where not, int32 [B,L]. Position t predicts label t+1. */
  readonly labels: Int32Array
  /** Pictures [B,T,F,3,H,W], or [B,T,F,H,W,3] where `pixelLayout` says so: float32 normalised with the CLIP mean and std, or
   * uint8 as decoded. */
  readonly pixelValues: Float32Array | Uint8Array
  /** How each picture lies in `pixelValues`. @default 'NCHW' */
  readonly pixelLayout?: PixelLayout
  /** 1 where a slot and frame hold a picture, 0 where they are padding, uint8 [B,T,F]. */
  readonly mediaMask: Uint8Array
  /** Seconds at which each frame was taken, NaN where that is not known, float32 [B,T,F]; absent where no time of the batch
   * is known. */
  readonly mediaTimes?: Float32Array
  /** The ids of the query pairs, one a row, empty text for a row that only fills the batch up; in packed batches one a
   * sample, row after row. */
  readonly ids: readonly string[]
  /** The ids of the contexts in the order in which they stand in the row. */
  readonly contextIds: readonly (readonly string[])[]
  /** Where in the stream this batch stands: epoch and step from 0. */
  readonly epoch: number
  readonly step: number
  /** In packed batches only: which sample of its row a token belongs to, from 1; 0 is padding. int32 [B,L]. A token may
   * attend only to tokens of its own segment, and to media slots of its own segment. */
  readonly segmentIds?: Int32Array
  /** In packed batches only: a token's position inside its sample, from 0, int32 [B,L]. */
  readonly positions?: Int32Array
  /** In packed batches only: the segment that each media slot belongs to, from 1; 0 is padding. int32 [B,T]. */
  readonly mediaSegments?: Int32Array
  /** In packed batches only: the row of each of `ids`, int32. */
  readonly sampleRows?: Int32Array
  /** Gives the memory of the pixels back to the stream that made them; see `LoadedBatch`. */
  release?(): void
}

/**
 * Where a stream stands: enough to continue it exactly. The same on every rank, at most 200 bytes as JSON.
 */
export interface LoaderState {
  /** Version of this record. */
  readonly v: 1
  /** 16 hex digits over everything that changes a batch (order keys, context tables, options). */
  readonly plan: string
  /** Epoch of the next batch, from 0. */
  readonly epoch: number
  /** Step of the next batch inside its epoch, from 0. */
  readonly step: number
  /** Samples given out since the start of the stream; where batches are filled by lengths, samples passed: those that
   * `dropLast` left out too. */
  readonly seen: number
}

/** A sample that the data made unusable. */
export interface SampleFault {
  /** Its place in the stream, which source it is of and the pair row of its query. */
  readonly epoch: number
  readonly position: number
  readonly source: number
  readonly row: number
  /** Which reserve could not be used either, from 1; 0 = the sample itself. */
  readonly attempt: number
  readonly code: string
  readonly message: string
}

/** A batch of a stream, which knows where the stream stands. */
export interface StreamedBatch extends Batch {
  /** The state after this batch: resume with it and the next batch comes. */
  readonly state: LoaderState
  /** Samples of it that the data made unusable and that others stand in for (`onBadSample: 'substitute'`). */
  readonly faults: readonly SampleFault[]
}

/** What a training loop needs to know of a loader. */
export interface BatchStream extends AsyncIterable<Batch> {
  /** Opens what the stream reads from; `length` and `state()` are known after it. Streams without it always know. */
  ready?(): Promise<unknown>
  /** Steps of one epoch; undefined where batches are filled by lengths, since nobody knows before. */
  readonly length: number | undefined
  /** What of the plan changes batches, part by part, once the stream is open: kept beside a saved state, so that whoever
   * may not go on from it is told why. */
  readonly planParts?: Readonly<Record<string, unknown>>
  /** The state after the batch that was last handed out: resume with it and the next batch comes. */
  state(): LoaderState
  /** Stops all work and closes every file; a loop that still reads ends with MIMICIT_ABORTED. Safe to call twice. */
  close(): Promise<void>
}
