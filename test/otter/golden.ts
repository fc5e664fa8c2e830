// The golden model: weights, a batch and all numbers that the original OpenFlamingo modules give for it.
import { readFileSync } from 'node:fs'
import type { Batch } from '../../src/loader/batch.js'
import { parseOtterConfig } from '../../src/otter/config.js'
import { createOtter, type Otter } from '../../src/otter/model.js'
import { readSafeTensors, type StateDict } from '../../src/otter/safetensors.js'
import type { Trainable } from '../../src/otter/trainable.js'
import { loadWeights } from '../../src/otter/weights.js'
import type { Tf } from '../../src/tensors/tf.js'

const folder = new URL('../goldens/llama/', import.meta.url)
const bytes = (name: string) => new Uint8Array(readFileSync(new URL(name, folder)))

export const goldenJson = (name: string): unknown => JSON.parse(new TextDecoder().decode(bytes(name)))
export const goldenTensors = (name: string): StateDict => readSafeTensors(bytes(name), name).tensors
export const goldenWeights = () => goldenTensors('model.safetensors')

/** The golden model with its weights. */
export function goldenModel(tf: Tf, trainable: Trainable = 'published'): Otter {
  const model = createOtter({ tf, config: parseOtterConfig(goldenJson('config.json')), trainable })
  loadWeights(model, goldenWeights())
  return model
}

/** Float values of a golden tensor. */
export function golden(io: StateDict, name: string): Float32Array {
  const tensor = io.get(name)
  if (tensor === undefined) throw new Error(`no golden ${name}`)
  return tensor.values as Float32Array
}

/** The golden batch. */
export function goldenBatch(io: StateDict): Batch {
  const [B = 0, L = 0] = io.get('lang_x')?.shape ?? []
  const [, T = 0, F = 0, , H = 0, W = 0] = io.get('vision_x')?.shape ?? []
  const ints = (name: string) => io.get(name)?.values as Int32Array
  return {
    shape: { B, L, T, F, H, W },
    inputIds: ints('lang_x'),
    attentionMask: ints('attention_mask'),
    labels: ints('labels'),
    pixelValues: golden(io, 'vision_x'),
    mediaMask: new Uint8Array(B * T * F).fill(1),
    ids: Array.from({ length: B }, (_, i) => `golden_${i}`),
    contextIds: Array.from({ length: B }, () => []),
    epoch: 0,
    step: 0,
  }
}
