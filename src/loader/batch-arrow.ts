// A batch as an Arrow record batch, for readers in other languages and other processes.
import { type ArrowColumn, encodeRecordBatch } from '../shards/arrow/record-batch.js'
import { CLIP_MEAN, CLIP_STD } from '../vision/normalise.js'
import type { Batch, LoaderState } from './batch.js'
import { checkPixels } from './released.js'

/**
 * Encodes a batch as an Arrow IPC stream of one record batch, a row a row: `id`, `context_ids`, and `input_ids`,
 * `attention_mask`, `labels` (int32 [L]), `media_mask` (uint8 [T*F]), `media_times` (float32 [T*F], seconds, NaN where a time is not
 * known), `pixel_values` (float32 or uint8, a row's pictures
 * one after another) as lists of fixed length. Packed batches have several samples a row: `ids` (a list) stands for `id`, and
 * `segment_ids`, `positions` (int32 [L]) and `media_segments` (int32 [T]) say what is whose. The metadata of the schema holds
 * `shape` (B, L, T, F, H, W as JSON), `pixel_layout` (NCHW or NHWC), `epoch` and `step`, and `state` for a batch of a stream:
 * resume with it and the next batch comes. For uint8 pixels it has `pixel_mean` and `pixel_std` too, three numbers each as
 * JSON: CLIP's, in the scale of the bytes, so that (pixel - mean) / std is what float32 pixels are by default.
 * @throws MimicitError MIMICIT_BAD_VALUE after `release()` of the batch
 */
export function batchToArrow(batch: ArrowSource): Uint8Array {
  return Buffer.concat(batchToArrowParts(batch))
}

/** A batch, of a stream or not. */
type ArrowSource = Batch & { readonly state?: LoaderState }

/** The same bytes part by part: those of numbers are the arrays of the batch, which have to stay until they are written. */
export function batchToArrowParts(batch: ArrowSource): readonly Uint8Array[] {
  checkPixels(batch, 'batchToArrow')
  const { shape, inputIds, attentionMask, labels, mediaMask, pixelValues, epoch, step, state } = batch
  const { mediaTimes = new Float32Array(mediaMask.length).fill(Number.NaN), pixelLayout = 'NCHW' } = batch
  const place = { shape: JSON.stringify(shape), pixel_layout: pixelLayout, epoch: String(epoch), step: String(step) }
  return encodeRecordBatch({
    rows: shape.B,
    columns: {
      ...namesOf(batch),
      input_ids: numbers(inputIds),
      attention_mask: numbers(attentionMask),
      labels: numbers(labels),
      media_mask: numbers(mediaMask),
      media_times: numbers(mediaTimes),
      pixel_values: numbers(pixelValues),
      ...packedOf(batch),
    },
    metadata: {
      ...place,
      ...(pixelValues instanceof Uint8Array && NORMALISATION),
      ...(state !== undefined && { state: JSON.stringify(state) }),
    },
  })
}

/** What makes floats of bytes. */
const NORMALISATION = {
  pixel_mean: JSON.stringify(CLIP_MEAN.map((value) => 255 * value)),
  pixel_std: JSON.stringify(CLIP_STD.map((value) => 255 * value)),
}

const numbers = (values: Int32Array | Float32Array | Uint8Array): ArrowColumn => ({ kind: 'numbers', values })

/** Whose rows they are. */
function namesOf({ shape, ids, contextIds, sampleRows }: Batch): Readonly<Record<string, ArrowColumn>> {
  if (sampleRows === undefined) {
    return { id: { kind: 'texts', values: ids }, context_ids: { kind: 'text-lists', values: contextIds } }
  }
  const ofRows = Array.from({ length: shape.B }, (_, row) => ids.filter((_id, i) => sampleRows[i] === row))
  const contexts = Array.from({ length: shape.B }, (_, row) =>
    contextIds.filter((_ids, i) => sampleRows[i] === row).flat(),
  )
  return { ids: { kind: 'text-lists', values: ofRows }, context_ids: { kind: 'text-lists', values: contexts } }
}

/** What packed batches have more. */
function packedOf({ segmentIds, positions, mediaSegments }: Batch): Readonly<Record<string, ArrowColumn>> {
  return {
    ...(segmentIds && { segment_ids: numbers(segmentIds) }),
    ...(positions && { positions: numbers(positions) }),
    ...(mediaSegments && { media_segments: numbers(mediaSegments) }),
  }
}
