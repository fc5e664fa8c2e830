// A batch as an Arrow record batch, read back by an implementation that is not the one that wrote it.
import { join } from 'node:path'
import { type Table, tableFromIPC } from 'apache-arrow'
import { Table as WasmTable } from 'parquet-wasm'
import { beforeAll, expect, test } from 'vitest'
import type { StreamedBatch } from '../../src/loader/batch.js'
import { batchToArrow } from '../../src/loader/batch-arrow.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import { faultOf } from '../support/fault.js'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'
import { batchesOf } from './batches.js'

const set = join(tempDir(), 'set')
beforeAll(() => importFixtures(set))

const NAMES = [
  'id',
  'context_ids',
  'input_ids',
  'attention_mask',
  'labels',
  'media_mask',
  'media_times',
  'pixel_values',
]

function compare(table: Table, batch: StreamedBatch) {
  const { B, L, T, F, H, W } = batch.shape
  expect(table.numRows).toBe(B)
  expect(table.schema.fields.map(({ name }) => name)).toEqual(NAMES)
  expect(Object.fromEntries(table.schema.metadata)).toEqual({
    shape: JSON.stringify(batch.shape),
    pixel_layout: batch.pixelLayout,
    epoch: String(batch.epoch),
    step: String(batch.step),
    ...(batch.pixelValues instanceof Uint8Array && {
      pixel_mean: expect.stringMatching(/^\[122\.77\d+,116\.74\d+,104\.09\d+\]$/),
      pixel_std: expect.stringMatching(/^\[68\.50\d+,66\.63\d+,70\.32\d+\]$/),
    }),
    state: JSON.stringify(batch.state),
  })
  const flat = (name: string) =>
    table
      .getChild(name)!
      .toArray()
      .map((list: Iterable<number>) => [...list])
  const rows = (values: Int32Array | Float32Array | Uint8Array, width: number) =>
    Array.from({ length: B }, (_, row) => [...values.subarray(row * width, (row + 1) * width)])
  expect([...table.getChild('id')!]).toEqual([...batch.ids])
  expect([...table.getChild('context_ids')!].map((list) => [...list])).toEqual(batch.contextIds.map((ids) => [...ids]))
  expect([...flat('input_ids')]).toEqual(rows(batch.inputIds, L))
  expect([...flat('attention_mask')]).toEqual(rows(batch.attentionMask, L))
  expect([...flat('labels')]).toEqual(rows(batch.labels, L))
  expect([...flat('media_mask')]).toEqual(rows(batch.mediaMask, T * F))
  const times = batch.mediaTimes ?? new Float32Array(B * T * F).fill(Number.NaN)
  expect([...flat('media_times')]).toEqual(rows(times, T * F))
  expect([...flat('pixel_values')]).toEqual(rows(batch.pixelValues, T * F * 3 * H * W))
}

test.each(['float32', 'uint8'] as const)('%s pixels, with contexts', async (pixels) => {
  const [batch] = await batchesOf(set, { batchSize: 5, shots: 2, imageSize: 6, pixels })
  const bytes = batchToArrow(batch!)
  compare(tableFromIPC(bytes), batch!)
  // Through arrow-rs and back.
  compare(tableFromIPC(WasmTable.fromIPCStream(bytes).intoIPCStream()), batch!)
})

test('times of frames, NaN where none is known, and pixels whose channels are together', async () => {
  const [batch] = await batchesOf(set, { batchSize: 2, imageSize: 6, mediaLayout: 'video', pixelLayout: 'NHWC' })
  const { B, T, F } = batch!.shape
  const mediaTimes = Float32Array.from({ length: B * T * F }, (_, i) => (i % 3 === 1 ? Number.NaN : i / 4))
  const timed = { ...batch!, mediaTimes }
  const bytes = batchToArrow(timed)
  compare(tableFromIPC(bytes), timed)
  compare(tableFromIPC(WasmTable.fromIPCStream(bytes).intoIPCStream()), timed)
  expect(timed.pixelLayout).toBe('NHWC')
})

test('a batch without pictures has lists without anything in them', async () => {
  const [batch] = await batchesOf(set, { batchSize: 3, imageSize: 6, mediaLayout: 'text-only' })
  const table = tableFromIPC(batchToArrow(batch!))
  compare(table, batch!)
  expect(table.getChild('pixel_values')!.get(0)!.length).toBe(0)
})

test.each([false, true])('after release there is nothing to encode, which is said; packed %s', async (pack) => {
  for await (const batch of loadMimicIT(set, { batchSize: 3, imageSize: 6, pack })) {
    batch.release()
    const fault = await faultOf(() => batchToArrow(batch))
    expect([fault.code, fault.parts.where]).toEqual(['MIMICIT_BAD_VALUE', 'batchToArrow of a batch'])
    expect(fault.parts.hint).toContain('release()')
    break
  }
})
