// Weights into a model and out of it. Both key schemes in which these models are published are read: OpenFlamingo's (as
// our parameters are named) and Otter's; copies and buffers that such files also hold are left aside by name.
import { MimicitError } from '../../base/errors.js'
import type { Otter } from '../model.js'
import type { StateDict, StateTensor } from './safetensors.js'

/** Frequencies, masks and indexes that are computed, not learned. */
const buffer = /(\.position_ids|\.inv_freq|\.attention\.bias|\.attention\.masked_bias)$/
/** Second copies of tensors that OpenFlamingo's module tree lists twice. */
const copy = /^lang_encoder\.(gated_cross_attn_layers|old_decoder_blocks)\./

/**
 * The name of a published tensor in OpenFlamingo's scheme; undefined for a buffer or a copy.
 *
 * Otter's scheme differs in the perceiver (`layers.i.norm_media`, `layers.i.feed_forward.n`) and in the feed-forward of
 * the cross-attention blocks (`feed_forward.n`).
 */
export function canonicalKey(key: string): string | undefined {
  const name = key.replace(/^module\./, '')
  if (buffer.test(name) || copy.test(name)) return undefined
  return name
    .replace(/^perceiver\.layers\.(\d+)\.feed_forward\./, 'perceiver.layers.$1.1.')
    .replace(/^perceiver\.layers\.(\d+)\.(norm_media|norm_latents|to_q|to_kv|to_out)\./, 'perceiver.layers.$1.0.$2.')
    .replace('.gated_cross_attn_layer.feed_forward.', '.gated_cross_attn_layer.ff.')
}

/** What did not fit when weights were loaded. */
export interface LoadReport {
  /** Parameters of the model that the file lacks. */
  readonly missing: readonly string[]
  /** Tensors of the file that the model has no place for. */
  readonly surplus: readonly string[]
  /** Tensors whose shape is another. */
  readonly misshaped: readonly string[]
}

/** How strictly to load. */
export interface LoadOptions {
  /**
   * `all`: every parameter must come. `trainable`: those that training changes must (a file that holds the trained part
   * only, over a model that is loaded already). `some`: whatever comes is taken.
   * @default 'all'
   */
  readonly require?: 'all' | 'trainable' | 'some'
  /** What to call the source in messages. @default 'the weights' */
  readonly where?: string
}

const listed = (names: readonly string[]) =>
  names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ')

/**
 * Puts weights into a model. Nothing is changed unless everything fits.
 *
 * @throws MIMICIT_BAD_WEIGHTS naming the missing, surplus and mis-shaped tensors.
 */
export function loadWeights(model: Otter, weights: StateDict, options: LoadOptions = {}): LoadReport {
  const { require = 'all', where = 'the weights' } = options
  const found = new Map<string, StateTensor>()
  const surplus: string[] = []
  const misshaped: string[] = []
  for (const [key, tensor] of weights) {
    const name = canonicalKey(key)
    if (name === undefined) continue
    const target = model.parameters.get(name)
    if (target === undefined) surplus.push(key)
    else if (target.shape.join() !== tensor.shape.join())
      misshaped.push(`${key} [${tensor.shape.join(', ')}] instead of [${target.shape.join(', ')}]`)
    else found.set(name, tensor)
  }
  const wanted = require === 'all' ? [...model.parameters.keys()] : require === 'trainable' ? model.trainableNames : []
  const wrong = new Set(misshaped.map((text) => canonicalKey(text.split(' ')[0] ?? '')))
  const missing = wanted.filter((name) => !found.has(name) && !wrong.has(name))
  if (missing.length + surplus.length + misshaped.length > 0)
    throw new MimicitError('MIMICIT_BAD_WEIGHTS', {
      expected: `the ${model.parameters.size} tensors of this model`,
      where,
      received: [
        missing.length > 0 ? `${missing.length} missing (${listed(missing)})` : '',
        surplus.length > 0 ? `${surplus.length} surplus (${listed(surplus)})` : '',
        misshaped.length > 0 ? `${misshaped.length} of another shape (${listed(misshaped)})` : '',
      ]
        .filter((part) => part !== '')
        .join('; '),
      hint: 'Use the configuration that belongs to these weights.',
    })
  for (const [name, { shape, values }] of found) {
    const fresh = model.tf.tensor(Float32Array.from(values), [...shape], 'float32')
    model.parameters.get(name)?.assign(fresh)
    fresh.dispose()
  }
  return { missing: [...model.parameters.keys()].filter((name) => !found.has(name)), surplus, misshaped }
}

/** Copies parameters out of a model. @param names Which ones. @default all */
export async function stateDict(model: Otter, names?: Iterable<string>): Promise<StateDict> {
  const state = new Map<string, StateTensor>()
  for (const name of names ?? model.parameters.keys()) {
    const tensor = model.parameters.get(name)
    if (tensor !== undefined)
      state.set(name, { shape: [...tensor.shape], values: (await tensor.data()) as Float32Array })
  }
  return state
}
