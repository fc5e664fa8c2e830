// A batch as tensors of whichever backend is there, and the end of its life.
import type { Tensor, Tf } from '../tensors/tf.js'
import { pictureShape } from '../vision/layout.js'
import type { Batch, StreamedBatch } from './batch.js'
import { detach } from './recycle.js'
import { checkPixels } from './released.js'

/** A batch's arrays as tensors; the caller disposes of them. */
export interface BatchTensors {
  /** int32 [B,L] */
  readonly inputIds: Tensor
  /** int32 [B,L] */
  readonly attentionMask: Tensor
  /** int32 [B,L] */
  readonly labels: Tensor
  /** float32 [B,T,F,3,H,W], or [B,T,F,H,W,3] as `pixelLayout` says (int32 for uint8 pixels, since tfjs has no uint8) */
  readonly pixelValues: Tensor
  /** int32 [B,T,F] */
  readonly mediaMask: Tensor
  /** float32 [B,T,F], where the batch has times */
  readonly mediaTimes?: Tensor
  /** int32 [B,L], of packed batches only, as the next ones */
  readonly segmentIds?: Tensor
  /** int32 [B,L] */
  readonly positions?: Tensor
  /** int32 [B,T] */
  readonly mediaSegments?: Tensor
}

/** A batch as the loader gives it. */
export interface LoadedBatch extends StreamedBatch {
  /**
   * The arrays as tensors of a tfjs library (`chooseBackend` gives one); they are copied to its backend.
   * @throws MimicitError MIMICIT_BAD_VALUE after `release()`
   */
  toTensors(tf: Tf): BatchTensors
  /**
   * Gives the memory of the pixels back, so that a later batch is made in it: `pixelValues` is empty afterwards, whatever
   * else the batch has stays. Whoever never calls it leaves the memory to the garbage collector. Safe to call twice.
   */
  release(): void
}

/**
 * Gives a batch its methods. A batch stays plain data: they are not enumerable, so they are neither compared nor cloned,
 * and a batch can still be posted to another thread.
 * @param recycle takes memory that was given back
 */
export function loadedBatch(batch: StreamedBatch, recycle: (buffer: ArrayBuffer) => void): LoadedBatch {
  const release = () => {
    const buffer = detach(batch.pixelValues)
    if (buffer !== undefined) recycle(buffer)
  }
  return Object.defineProperties(batch, {
    toTensors: { value: (tf: Tf) => batchTensors(tf, batch) },
    release: { value: release },
  }) as LoadedBatch
}

/**
 * The arrays of a batch as tensors.
 * @throws MimicitError MIMICIT_BAD_VALUE for a batch whose pixels were given back
 */
export function batchTensors(tf: Tf, batch: Batch): BatchTensors {
  const { B, L, T, F, H, W } = batch.shape
  const { pixelValues, mediaMask, mediaTimes, segmentIds, positions, mediaSegments } = batch
  checkPixels(batch, 'toTensors')
  const pictures = [B, T, F, ...pictureShape(batch.pixelLayout ?? 'NCHW', H, W)]
  return {
    inputIds: tf.tensor(batch.inputIds, [B, L], 'int32'),
    attentionMask: tf.tensor(batch.attentionMask, [B, L], 'int32'),
    labels: tf.tensor(batch.labels, [B, L], 'int32'),
    pixelValues:
      pixelValues instanceof Float32Array
        ? tf.tensor(pixelValues, pictures, 'float32')
        : tf.tensor(Int32Array.from(pixelValues), pictures, 'int32'),
    mediaMask: tf.tensor(Int32Array.from(mediaMask), [B, T, F], 'int32'),
    ...(mediaTimes && { mediaTimes: tf.tensor(mediaTimes, [B, T, F], 'float32') }),
    ...(segmentIds && { segmentIds: tf.tensor(segmentIds, [B, L], 'int32') }),
    ...(positions && { positions: tf.tensor(positions, [B, L], 'int32') }),
    ...(mediaSegments && { mediaSegments: tf.tensor(mediaSegments, [B, T], 'int32') }),
  }
}
