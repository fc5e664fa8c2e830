// Models are refused before anything is allocated when they have no room, and the refusal names what has.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { createOtter } from '../../src/otter/model.js'
import { countParameters } from '../../src/otter/parameter-count.js'
import { presetConfig } from '../../src/otter/presets.js'
import { noRoom, roomFor } from '../../src/otter/room.js'
import { openOtter } from '../../src/otter/weights/open-otter.js'
import { chooseBackend } from '../../src/tensors/backend.js'
import { memoryLimit } from '../../src/tensors/memory-limit.js'
import type { Tf } from '../../src/tensors/tf.js'
import { startRun } from '../../src/train/run.js'
import { runSettings } from '../../src/train/run-settings.js'
import { tempDir } from '../support/temp-dir.js'
import { vocabulary } from '../train/world.js'

const root = tempDir()
const GB = 1e9
const config = presetConfig('otter-mpt1b', vocabulary)
const ram = (bytes: number) => ({ bytes, tensorBytes: undefined, of: 'the free memory of this machine' })

describe('room', () => {
  test('a model takes four bytes a parameter, and sixteen for each that learns', () => {
    const { total, trainable } = countParameters(config)
    expect(roomFor(config)).toEqual({ bytes: 4 * total, tensorBytes: 4 * 50_432 * 2048 })
    expect(roomFor(config, 'training').bytes).toBe(4 * total + 12 * trainable)
    expect(roomFor(config, 'training', 'all').bytes).toBe(16 * total)
  })

  test('a model that fits is not refused', () => {
    expect(noRoom(config, ram(12 * GB), 12 * GB)).toBeUndefined()
    expect(noRoom(config, { bytes: undefined, tensorBytes: undefined, of: 'the GPU' }, GB)).toBeUndefined()
  })

  test('one that does not is, with what would', () => {
    const small = noRoom(config, ram(4 * GB), 4 * GB)
    expect(small?.code).toBe('MIMICIT_NO_MEMORY')
    expect(small?.message).toMatch(/at most 4\.00 GB.*free memory of this machine.*one of 10\.\d GB as float32/)
    expect(small?.message).toMatch(/Of the presets tiny, small have room here\.$/)
    const wasm = noRoom(config, { bytes: 4 * GB, tensorBytes: undefined, of: 'the heap' }, 64 * GB)
    expect(wasm?.message).toMatch(/memory of this machine would hold it: use the backend "node"/)
    const training = noRoom(config, ram(12 * GB), 12 * GB, 'training')
    expect(training?.message).toMatch(/training of a model.*gradients and moments included/)
    expect(noRoom(config, ram(1000), 1000)?.message).toMatch(/Of the presets none has room here/)
  })

  test('one tensor may be too large where the whole is not', () => {
    const error = noRoom(config, { bytes: undefined, tensorBytes: 2 ** 27, of: 'a buffer of the backend webgpu' }, GB)
    expect(error?.message).toMatch(/tensors of at most 134 MB.*one of 413 MB, more than a buffer/)
  })
})

describe('limits', () => {
  let tf: Tf
  beforeAll(async () => {
    tf = (await chooseBackend('wasm')).tf
  })
  /** A backend that is not installed. */
  const other = (name: string, backend: object) =>
    ({ getBackend: () => name, backend: () => backend, memory: () => ({ numBytes: 0 }) }) as unknown as Tf

  test('wasm ends at 4 GB, tensors that are there already counted, or where the machine does', () => {
    const { bytes } = memoryLimit(tf, 64 * GB)
    const held = tf.zeros([1000])
    expect(memoryLimit(tf, 64 * GB).bytes).toBe(bytes! - 4000)
    held.dispose()
    expect(memoryLimit(tf, GB)).toMatchObject({ bytes: GB, of: 'the free memory of this machine' })
  })

  test('other backends end where the machine does, where they say, or nobody knows', () => {
    expect(memoryLimit(other('tensorflow', {}), GB).bytes).toBe(GB)
    expect(memoryLimit(other('tensorflow', { isGPUPackage: true }), GB).bytes).toBeUndefined()
    const limits = { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 }
    expect(memoryLimit(other('webgpu', { device: { limits } }), GB)).toMatchObject({ tensorBytes: 2 ** 27 })
    expect(memoryLimit(other('webgpu', {}), GB).tensorBytes).toBeUndefined()
  })

  test('a published model on wasm is refused at once, whether it is drawn or read', async () => {
    const refused = expect.objectContaining({ code: 'MIMICIT_NO_MEMORY' })
    expect(() => createOtter({ tf, config })).toThrow(refused)
    const before = tf.memory().numTensors
    await expect(async () => openOtter({ tf, config, weights: ['nowhere.pt'] })).rejects.toThrow(refused)
    const dir = join(root, 'run')
    const settings = runSettings({ dataset: root, steps: 1, model: 'otter-mpt1b' })
    await expect(startRun(dir, settings, { backend: 'wasm' })).rejects.toThrow(/training of a model/)
    expect(existsSync(dir)).toBe(false)
    expect(tf.memory().numTensors).toBe(before)
  })
})
