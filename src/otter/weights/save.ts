// A model's weights as files that PyTorch users load: OpenFlamingo's keys (or Otter's), safetensors, tensor by tensor.
import type { Otter } from '../model.js'
import { type OutputScheme, outputName } from './convert.js'
import type { WritableDType } from './dtypes.js'
import { type WriteOptions, type WrittenWeights, writeWeights } from './write-weights.js'

/** What of a model is saved, and how. */
export interface SaveOptions extends WriteOptions {
  /** `trainable`: what training changes, to be loaded over the base that it was trained on. @default 'trainable' */
  readonly which?: 'trainable' | 'all'
  /** @default 'openflamingo' */
  readonly scheme?: OutputScheme
  /** @default 'float32' */
  readonly dtype?: WritableDType
}

/**
 * Saves the weights of a model; one tensor at a time is copied out of the backend.
 *
 * @param out A file that ends in `.safetensors`, or a directory (several files with an index beyond `shardBytes`).
 * @throws as `writeWeights`
 */
export async function saveWeights(
  model: Otter,
  out: string,
  { which = 'trainable', scheme = 'openflamingo', dtype = 'float32', ...options }: SaveOptions = {},
): Promise<WrittenWeights> {
  const rename = outputName(scheme)
  const names = which === 'all' ? [...model.parameters.keys()] : model.trainableNames
  const sources = names.map((name) => {
    const tensor = model.parameters.get(name)!
    return {
      name: rename(name),
      shape: tensor.shape,
      dtype,
      async *pieces() {
        yield (await tensor.data()) as Float32Array
      },
    }
  })
  return writeWeights(out, sources, options)
}
