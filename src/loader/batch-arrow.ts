// A batch as an Arrow record batch, for readers in other languages and other processes.
import { encodeRecordBatch } from '../shards/arrow/record-batch.js'
import type { Batch } from './batch.js'

/**
 * Encodes a batch as an Arrow IPC stream of one record batch, a row a sample: `id`, `context_ids`, and `input_ids`,
 * `attention_mask`, `labels` (int32 [L]), `media_mask` (uint8 [T*F]), `media_times` (float32 [T*F], seconds, NaN where a time is not
 * known), `pixel_values` (float32 or uint8, a row's pictures
 * one after another) as lists of fixed length. The metadata of the schema holds `shape` (B, L, T, F, H, W as JSON),
 * `pixel_layout` (NCHW or NHWC), `epoch` and `step`.
 */
export function batchToArrow(batch: Batch): Uint8Array {
  const { shape, ids, contextIds, inputIds, attentionMask, labels, mediaMask, pixelValues, epoch, step } = batch
  const { mediaTimes = new Float32Array(mediaMask.length).fill(Number.NaN), pixelLayout = 'NCHW' } = batch
  const numbers = (values: Int32Array | Float32Array | Uint8Array) => ({ kind: 'numbers', values }) as const
  return encodeRecordBatch({
    rows: shape.B,
    columns: {
      id: { kind: 'texts', values: ids },
      context_ids: { kind: 'text-lists', values: contextIds },
      input_ids: numbers(inputIds),
      attention_mask: numbers(attentionMask),
      labels: numbers(labels),
      media_mask: numbers(mediaMask),
      media_times: numbers(mediaTimes),
      pixel_values: numbers(pixelValues),
    },
    metadata: { shape: JSON.stringify(shape), pixel_layout: pixelLayout, epoch: String(epoch), step: String(step) },
  })
}
