// A batch as tensors, from this thread and from the loader's.
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import { chooseBackend } from '../../src/tensors/backend.js'
import { faultOf } from '../support/fault.js'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const set = join(tempDir(), 'set')
beforeAll(async () => {
  await importFixtures(set)
})

test.each([
  ['float32', 'NCHW', false],
  ['float32', 'NHWC', true],
  ['uint8', 'NCHW', false],
] as const)('toTensors of %s pixels, %s, worker %s', async (pixels, pixelLayout, worker) => {
  const { tf } = await chooseBackend('wasm')
  for await (const batch of loadMimicIT(set, { batchSize: 3, shots: 1, imageSize: 8, pixels, pixelLayout, worker })) {
    const { B, L, T, F } = batch.shape
    const tensors = batch.toTensors(tf)
    expect(tensors.inputIds.shape).toEqual([B, L])
    expect(tensors.labels.dtype).toBe('int32')
    expect(tensors.pixelValues.shape).toEqual([B, T, F, ...(pixelLayout === 'NCHW' ? [3, 8, 8] : [8, 8, 3])])
    expect([...(await tensors.inputIds.data())]).toEqual([...batch.inputIds])
    expect([...(await tensors.attentionMask.data())]).toEqual([...batch.attentionMask])
    expect([...(await tensors.labels.data())]).toEqual([...batch.labels])
    expect([...(await tensors.mediaMask.data())]).toEqual([...batch.mediaMask])
    expect([...(await tensors.pixelValues.data())]).toEqual([...batch.pixelValues])
    tf.dispose(Object.values(tensors))
    break
  }
})

test('a packed batch gives what keeps its samples apart', async () => {
  const { tf } = await chooseBackend('wasm')
  const packed = { batchSize: 2, shots: 1, imageSize: 8, pack: true, maxTokens: 1200 }
  for await (const batch of loadMimicIT(set, packed)) {
    const { B, L, T } = batch.shape
    const tensors = batch.toTensors(tf)
    for (const [name, shape] of Object.entries({ segmentIds: [B, L], positions: [B, L], mediaSegments: [B, T] })) {
      const tensor = tensors[name as 'segmentIds']!
      expect([tensor.shape, tensor.dtype]).toEqual([shape, 'int32'])
      expect([...(await tensor.data())]).toEqual([...batch[name as 'segmentIds']!])
    }
    expect('mediaTimes' in tensors).toBe(false)
    tf.dispose(Object.values(tensors))
    break
  }
})

test('after release there is nothing to make tensors of, which is said', async () => {
  const { tf } = await chooseBackend('wasm')
  for await (const batch of loadMimicIT(set, { batchSize: 2, imageSize: 8, shots: 1 })) {
    batch.release()
    const fault = await faultOf(async () => batch.toTensors(tf))
    expect([fault.code, fault.parts.hint]).toEqual(['MIMICIT_BAD_VALUE', expect.stringContaining('release()')])
    break
  }
})
