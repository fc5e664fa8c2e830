// Samples to a batch: rows padded to the longest, media slots and frames padded with a mask. Unequal numbers of pictures
// are never an error, nor is a row without a sample. Packed rows hold several samples, which are told apart.
import { IGNORED, type LabelPolicy, labelRow } from '../text/labels/label-policy.js'
import type { TokenUses } from '../text/tokenise.js'
import type { SpecialTokens } from '../text/tokenizer.js'
import type { PixelLayout } from '../vision/layout.js'
import { type NormalisationName, pixelWriter } from '../vision/normalise.js'
import type { AssembledSample } from './assemble.js'
import type { Batch, BatchShape } from './batch.js'
import type { PlannedStep } from './plan/planned.js'
import { type BufferPool, bufferPool } from './recycle.js'

/** How a batch is filled. */
export interface CollateRules {
  readonly special: SpecialTokens
  readonly labels: LabelPolicy
  readonly tokens: TokenUses
  readonly imageSize: number
  readonly pixels: 'float32' | 'uint8'
  /** How pixels lie, decoded ones as those of the batch. @default 'NCHW' */
  readonly pixelLayout?: PixelLayout
  /** Of float32. @default 'clip' */
  readonly normalisation?: NormalisationName
  /** Whether rows hold several samples. */
  readonly packed: boolean
}

/**
 * Makes a batch.
 * @param rows the samples of each row, in order: at most one, unless rows are packed
 * @param pixelsOf decoded pixels of a media row of a sample, uint8 [3,H,W] or [H,W,3]
 * @param buffers where the memory of the pixels comes from
 */
export function collate(
  { epoch, step }: Pick<PlannedStep, 'epoch' | 'step'>,
  rows: readonly (readonly AssembledSample[])[],
  pixelsOf: (mediaRow: number, sample: AssembledSample) => Uint8Array,
  rules: CollateRules,
  buffers: BufferPool = NEW_BUFFERS,
): Batch {
  const shape = batchShape(rows, rules.imageSize)
  const { B, L, T, F, H, W } = shape
  const inputIds = new Int32Array(B * L).fill(rules.special.pad)
  const attentionMask = new Int32Array(B * L)
  const labels = new Int32Array(B * L).fill(IGNORED)
  const picture = 3 * H * W
  const Pixels = pixelArray(rules)
  const { buffer, fresh } = buffers.take(pixelBytes(shape, rules))
  const pixelValues = new Pixels(buffer)
  const { pixels: type, pixelLayout: layout = 'NCHW', normalisation = 'clip' } = rules
  const writePixels = pixelWriter({ type, layout, normalisation, decoded: layout })
  const mediaMask = new Uint8Array(B * T * F)
  const anyTimes = rows.some((samples) => samples.some(({ times }) => times.some((known) => known !== null)))
  const mediaTimes = anyTimes ? new Float32Array(B * T * F).fill(Number.NaN) : undefined
  const packing = rules.packed ? newPacking(shape) : undefined
  rows.forEach((samples, row) => {
    let from = row * L
    let slot = row * T
    samples.forEach((sample, segment) => {
      const { ids, turns } = sample
      const to = from + ids.length
      inputIds.set(ids, from)
      attentionMask.fill(1, from, to)
      labelRow(rules.labels, { ids, special: rules.special, turns }, labels.subarray(from, to), rules.tokens)
      if (packing !== undefined) {
        // Nothing of a sample is predicted by the one in front of it.
        labels[from] = IGNORED
        packing.segmentIds.fill(segment + 1, from, to)
        for (let i = from; i < to; i++) packing.positions[i] = i - from
        packing.mediaSegments.fill(segment + 1, slot, slot + sample.slots.length)
      }
      sample.slots.forEach((frames, at) => {
        const times = sample.times[at]
        frames.forEach((mediaRow, frame) => {
          const cell = slot * F + frame
          mediaMask[cell] = 1
          if (mediaTimes !== undefined && times != null) mediaTimes[cell] = times[frame]!
          writePixels(pixelsOf(mediaRow, sample), pixelValues, cell * picture)
        })
        slot++
      })
      from = to
    })
  })
  if (!fresh) {
    mediaMask.forEach((holds, cell) => {
      if (holds === 0) pixelValues.fill(0, cell * picture, (cell + 1) * picture)
    })
  }
  const listed = rules.packed ? rows.flat() : rows.map((samples) => samples[0])
  return {
    shape,
    inputIds,
    attentionMask,
    labels,
    pixelValues,
    pixelLayout: layout,
    mediaMask,
    ...(mediaTimes && { mediaTimes }),
    ids: listed.map((sample) => sample?.id ?? ''),
    contextIds: listed.map((sample) => sample?.contextIds ?? []),
    epoch,
    step,
    ...(packing && { ...packing, sampleRows: Int32Array.from(rows.flatMap((samples, row) => samples.map(() => row))) }),
  }
}

const NEW_BUFFERS = bufferPool(0)

const pixelArray = ({ pixels }: CollateRules) => (pixels === 'uint8' ? Uint8Array : Float32Array)

/** Bytes of the pixels of a batch. */
export const pixelBytes = ({ B, T, F, H, W }: BatchShape, rules: CollateRules): number =>
  B * T * F * 3 * H * W * pixelArray(rules).BYTES_PER_ELEMENT

function newPacking({ B, L, T }: BatchShape) {
  return {
    segmentIds: new Int32Array(B * L),
    positions: new Int32Array(B * L),
    mediaSegments: new Int32Array(B * T),
  }
}

/** How large the batch of some rows is. @param size of its pictures */
export function batchShape(rows: readonly (readonly AssembledSample[])[], size: number): BatchShape {
  // A batch of empty rows still has a token and can be looked up.
  let L = 1
  let T = 0
  let F = 0
  for (const samples of rows) {
    let tokens = 0
    let slots = 0
    for (const sample of samples) {
      tokens += sample.ids.length
      slots += sample.slots.length
      for (const frames of sample.slots) F = Math.max(F, frames.length)
    }
    L = Math.max(L, tokens)
    T = Math.max(T, slots)
  }
  return { B: rows.length, L, T, F, H: size, W: size }
}

/** The arrays of a batch. */
function arraysOf(batch: Batch): (Int32Array | Float32Array | Uint8Array)[] {
  const { inputIds, attentionMask, labels, pixelValues, mediaMask } = batch
  const { mediaTimes, segmentIds, positions, mediaSegments, sampleRows } = batch
  const optional = [mediaTimes, segmentIds, positions, mediaSegments, sampleRows].filter((array) => array !== undefined)
  return [inputIds, attentionMask, labels, pixelValues, mediaMask, ...optional]
}

/** Bytes that a batch holds. */
export function batchBytes(batch: Batch): number {
  return arraysOf(batch).reduce((sum, array) => sum + array.byteLength, 0)
}

/** The buffers of a batch, to be handed to another thread without copying. */
export function batchBuffers(batch: Batch): ArrayBuffer[] {
  return arraysOf(batch).map((array) => array.buffer as ArrayBuffer)
}
