// A batch as tensors, from this thread and from the loader's.
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import { chooseBackend } from '../../src/tensors/backend.js'
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
