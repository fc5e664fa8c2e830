// A folder of numbers that the original modules gave for a tiny model: `config.json`, `model.safetensors`, `io.safetensors`
// (a batch and everything computed from it), `train.json` (five optimiser steps), `generate.json` (greedy ids).
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Batch } from '../src/loader/batch.js'
import type { ModelInput } from '../src/otter/check-batch.js'
import { parseOtterConfig } from '../src/otter/config.js'
import { createOtter, type Otter } from '../src/otter/model.js'
import type { Trainable } from '../src/otter/trainable.js'
import { loadWeights } from '../src/otter/weights/load.js'
import { readSafeTensors, type StateDict } from '../src/otter/weights/safetensors.js'
import type { Tf } from '../src/tensors/tf.js'

/** Sums over a tensor, for tensors whose single entries are noise. */
export interface Checksum {
  readonly sum: number
  readonly abs_sum: number
}

/** `train.json` */
export interface GoldenTraining {
  readonly optimizer: { readonly lr: number; readonly weight_decay: number; readonly clip_grad_norm: number }
  readonly losses: readonly number[]
  readonly grad_norms: readonly number[]
  readonly loss_after_last_step: number
  readonly decayed: readonly string[]
  readonly not_decayed: readonly string[]
  readonly checksums_after_last_step: Readonly<Record<string, Checksum>>
}

/** `generate.json` */
export interface GoldenGeneration {
  readonly prompt_ids: readonly (readonly number[])[]
  readonly attention_mask: readonly (readonly number[])[]
  readonly new_ids: readonly (readonly number[])[]
  /** What a cache that forgets the picture gives. */
  readonly blind: { readonly new_ids: readonly (readonly number[])[] }
  readonly steps: readonly { readonly top_ids: readonly number[][]; readonly top_logits: readonly number[][] }[]
}

/** A folder, read. */
export interface GoldenFolder {
  readonly config: unknown
  readonly weights: StateDict
  readonly io: StateDict
  readonly training: GoldenTraining
  readonly generation: GoldenGeneration
}

/** Reads a folder. */
export function readGoldenFolder(folder: string): GoldenFolder {
  const bytes = (name: string) => new Uint8Array(readFileSync(join(folder, name)))
  const json = (name: string): unknown => JSON.parse(new TextDecoder().decode(bytes(name)))
  const tensors = (name: string) => readSafeTensors(bytes(name), join(folder, name)).tensors
  return {
    config: json('config.json'),
    weights: tensors('model.safetensors'),
    io: tensors('io.safetensors'),
    training: json('train.json') as GoldenTraining,
    generation: json('generate.json') as GoldenGeneration,
  }
}

/** The model of a folder with its weights. */
export function goldenModel(tf: Tf, folder: GoldenFolder, trainable: Trainable = 'published'): Otter {
  const model = createOtter({ tf, config: parseOtterConfig(folder.config), trainable })
  loadWeights(model, folder.weights)
  return model
}

/** Float values of a golden tensor. */
export function goldenValues(io: StateDict, name: string): Float32Array {
  const tensor = io.get(name)
  if (tensor === undefined) throw new Error(`no golden ${name}`)
  return tensor.values as Float32Array
}

/** The batch of a folder. */
export function goldenBatch(io: StateDict): Batch {
  const [B = 0, L = 0] = io.get('lang_x')?.shape ?? []
  const [, T = 0, F = 0, , H = 0, W = 0] = io.get('vision_x')?.shape ?? []
  const ints = (name: string) => io.get(name)?.values as Int32Array
  return {
    shape: { B, L, T, F, H, W },
    inputIds: ints('lang_x'),
    attentionMask: ints('attention_mask'),
    labels: ints('labels'),
    pixelValues: goldenValues(io, 'vision_x'),
    mediaMask: new Uint8Array(B * T * F).fill(1),
    ids: Array.from({ length: B }, (_, i) => `golden_${i}`),
    contextIds: Array.from({ length: B }, () => []),
    epoch: 0,
    step: 0,
  }
}

/** The prompts of a folder's generation, with the pictures of the batch's first rows. */
export function goldenPrompt({ io, generation }: GoldenFolder): ModelInput {
  const { shape, pixelValues, mediaMask } = goldenBatch(io)
  const B = generation.prompt_ids.length
  return {
    shape: { ...shape, B, L: generation.prompt_ids[0]?.length ?? 0 },
    inputIds: Int32Array.from(generation.prompt_ids.flat()),
    attentionMask: Int32Array.from(generation.attention_mask.flat()),
    pixelValues: pixelValues.slice(0, (pixelValues.length / shape.B) * B),
    mediaMask: mediaMask.slice(0, (mediaMask.length / shape.B) * B),
  }
}
