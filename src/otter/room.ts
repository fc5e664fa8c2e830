// Whether a model has room, by arithmetic on shapes, before anything is allocated; and which models have, for the message
// when it has not.
import { MimicitError } from '../base/errors.js'
import { formatBytes } from '../base/format.js'
import { type MemoryLimit, machineBytes, memoryLimit } from '../tensors/memory-limit.js'
import type { Tf } from '../tensors/tf.js'
import { decoderOf, type OtterConfig, parseOtterConfig } from './config.js'
import { parameterSpecs } from './parameter-specs.js'
import { type PresetName, presets } from './presets.js'
import { type Trainable, trainableNames } from './trainable.js'

/** What a model is built for. */
export type Purpose = 'use' | 'training'

/** Bytes that a model takes. */
export interface Room {
  /** All tensors that stay: parameters, and for training a gradient and two moments of each that learns. */
  readonly bytes: number
  /** The largest tensor. */
  readonly tensorBytes: number
}

/** Tensors are float32 on every backend. */
const VALUE_BYTES = 4

/** Bytes that a model takes, without the batch that runs through it. */
export function roomFor(config: OtterConfig, purpose: Purpose = 'use', trainable: Trainable = 'published'): Room {
  const decoder = decoderOf(config)
  const specs = parameterSpecs(config, decoder)
  const names = specs.map(({ name }) => name)
  const learning = purpose === 'training' ? trainableNames(names, trainable, decoder) : new Set<string>()
  const sizes = specs.map(({ name, shape }) => {
    const bytes = VALUE_BYTES * shape.reduce((product, n) => product * n, 1)
    return { bytes, all: bytes * (learning.has(name) ? 4 : 1) }
  })
  return {
    bytes: sizes.reduce((sum, { all }) => sum + all, 0),
    tensorBytes: Math.max(...sizes.map(({ bytes }) => bytes)),
  }
}

const fits = ({ bytes, tensorBytes }: Room, limit: Pick<MemoryLimit, 'bytes' | 'tensorBytes'>) =>
  bytes <= (limit.bytes ?? Number.POSITIVE_INFINITY) && tensorBytes <= (limit.tensorBytes ?? Number.POSITIVE_INFINITY)

/** Any vocabulary will do: published models have their own, and the others are small. */
const anyVocabulary = {
  vocabSize: 4096,
  special: { pad: 0, bos: 1, eos: 2, image: 3, endOfChunk: 4, answer: 5 },
}

/** Presets that have room. */
function presetsThatFit(limit: MemoryLimit, purpose: Purpose, trainable: Trainable): PresetName[] {
  const names = Object.keys(presets) as PresetName[]
  return names.filter((name) =>
    fits(roomFor(parseOtterConfig(presets[name](anyVocabulary)), purpose, trainable), limit),
  )
}

/**
 * The refusal of a model that has no room, or undefined.
 * @param machine Bytes that the machine has left.
 */
export function noRoom(
  config: OtterConfig,
  limit: MemoryLimit,
  machine: number,
  purpose: Purpose = 'use',
  trainable: Trainable = 'published',
): MimicitError | undefined {
  const room = roomFor(config, purpose, trainable)
  if (fits(room, limit)) return undefined
  const wholeFits = room.bytes <= (limit.bytes ?? Number.POSITIVE_INFINITY)
  const here = presetsThatFit(limit, purpose, trainable)
  const elsewhere = { bytes: machine, tensorBytes: undefined }
  const hints = [
    `Of the presets ${here.length === 0 ? 'none has room' : `${here.join(', ')} have room`} here.`,
    limit.bytes !== machine && fits(room, elsewhere)
      ? `The memory of this machine would hold it: use the backend "node" (npm install @tensorflow/tfjs-node).`
      : '',
  ]
  return new MimicitError('MIMICIT_NO_MEMORY', {
    expected: wholeFits
      ? `tensors of at most ${formatBytes(limit.tensorBytes ?? 0)}`
      : `a model of at most ${formatBytes(limit.bytes ?? 0)}, what is left of ${limit.of}`,
    where: purpose === 'training' ? 'the training of a model' : 'a model',
    received: wholeFits
      ? `one of ${formatBytes(room.tensorBytes)}, more than ${limit.of} holds`
      : `one of ${formatBytes(room.bytes)} as float32${purpose === 'training' ? ', gradients and moments included' : ''}`,
    hint: hints.filter((hint) => hint !== '').join(' '),
  })
}

/**
 * Refuses a model that the backend or the machine cannot hold.
 * @throws MIMICIT_NO_MEMORY naming what would have room
 */
export function checkRoom(tf: Tf, config: OtterConfig, purpose?: Purpose, trainable?: Trainable): void {
  const machine = machineBytes()
  const error = noRoom(config, memoryLimit(tf, machine), machine, purpose, trainable)
  if (error !== undefined) throw error
}
