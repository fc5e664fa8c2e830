// Samples to a batch: rows padded to the longest, media slots and frames padded with a mask. Unequal numbers of pictures
// are never an error.
import { IGNORED, type LabelPolicy, labelRow } from '../text/labels/label-policy.js'
import type { TokenUses } from '../text/tokenise.js'
import type { SpecialTokens } from '../text/tokenizer.js'
import { pixelWriter } from '../vision/normalise.js'
import type { AssembledSample } from './assemble.js'
import type { Batch, BatchShape } from './batch.js'
import type { PlannedStep } from './plan/steps.js'
import { type BufferPool, bufferPool } from './recycle.js'

/** How a batch is filled. */
export interface CollateRules {
  readonly special: SpecialTokens
  readonly labels: LabelPolicy
  readonly tokens: TokenUses
  readonly imageSize: number
  readonly pixels: 'float32' | 'uint8'
}

/**
 * Makes a batch.
 * @param pixelsOf decoded pixels of a media row, uint8 [H,W,3]
 * @param buffers where the memory of the pixels comes from
 */
export function collate(
  { epoch, step }: Pick<PlannedStep, 'epoch' | 'step'>,
  samples: readonly AssembledSample[],
  pixelsOf: (mediaRow: number) => Uint8Array,
  rules: CollateRules,
  buffers: BufferPool = NEW_BUFFERS,
): Batch {
  const shape = batchShape(samples, rules.imageSize)
  const { B, L, T, F, H, W } = shape
  const inputIds = new Int32Array(B * L).fill(rules.special.pad)
  const attentionMask = new Int32Array(B * L)
  const labels = new Int32Array(B * L).fill(IGNORED)
  const picture = 3 * H * W
  const Pixels = rules.pixels === 'uint8' ? Uint8Array : Float32Array
  const { buffer, fresh } = buffers.take(B * T * F * picture * Pixels.BYTES_PER_ELEMENT)
  const pixelValues = new Pixels(buffer)
  const writePixels = pixelWriter({ type: rules.pixels, layout: 'NCHW', normalisation: 'clip' })
  const mediaMask = new Uint8Array(B * T * F)
  samples.forEach((sample, row) => {
    const from = row * L
    const { ids, turns } = sample
    inputIds.set(ids, from)
    attentionMask.fill(1, from, from + ids.length)
    const own = labels.subarray(from, from + ids.length)
    labelRow(rules.labels, { ids, special: rules.special, turns }, own, rules.tokens)
    sample.slots.forEach((frames, slot) => {
      frames.forEach((mediaRow, frame) => {
        const cell = (row * T + slot) * F + frame
        mediaMask[cell] = 1
        writePixels(pixelsOf(mediaRow), pixelValues, cell * picture)
      })
    })
  })
  if (!fresh) {
    mediaMask.forEach((holds, cell) => {
      if (holds === 0) pixelValues.fill(0, cell * picture, (cell + 1) * picture)
    })
  }
  return {
    shape,
    inputIds,
    attentionMask,
    labels,
    pixelValues,
    mediaMask,
    ids: samples.map((sample) => sample.id),
    contextIds: samples.map((sample) => sample.contextIds),
    epoch,
    step,
  }
}

const NEW_BUFFERS = bufferPool(0)

function batchShape(samples: readonly AssembledSample[], size: number): BatchShape {
  let L = 0
  let T = 0
  let F = 0
  for (const { ids, slots } of samples) {
    L = Math.max(L, ids.length)
    T = Math.max(T, slots.length)
    for (const frames of slots) F = Math.max(F, frames.length)
  }
  return { B: samples.length, L, T, F, H: size, W: size }
}

/** Bytes that a batch holds. */
export function batchBytes(batch: Batch): number {
  const { inputIds, attentionMask, labels, pixelValues, mediaMask } = batch
  return [inputIds, attentionMask, labels, pixelValues, mediaMask].reduce((sum, array) => sum + array.byteLength, 0)
}

/** The buffers of a batch, to be handed to another thread without copying. */
export function batchBuffers(batch: Batch): ArrayBuffer[] {
  const { inputIds, attentionMask, labels, pixelValues, mediaMask } = batch
  return [inputIds, attentionMask, labels, pixelValues, mediaMask].map((array) => array.buffer as ArrayBuffer)
}
