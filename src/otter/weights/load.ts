// Weights into a model and out of it, from memory or tensor by tensor from files. Nothing is changed unless everything fits.
import type { Tensor } from '../../tensors/tf.js'
import type { Otter } from '../model.js'
import { checkFit, type Fit, type FitTarget, fitWeights, type LoadReport, type Required } from './fit.js'
import { checkReadable, openWeights, type Weights } from './open-weights.js'
import type { LaterTensor, StateDict, StateTensor } from './safetensors.js'
import { type KeyReading, readKeys } from './schemes/index.js'

/** How strictly to load. */
export interface LoadOptions {
  /**
   * `all`: every parameter must come. `trainable`: those that training changes must (a file that holds the trained part
   * only, over a model that is loaded already). `some`: whatever comes is taken.
   * @default 'all'
   */
  readonly require?: Required
  /** What to call the source in messages. @default 'the weights' */
  readonly where?: string
}

const targetOf = ({ parameters, decoder }: Pick<Otter, 'parameters' | 'decoder'>): FitTarget => ({
  shapes: new Map([...parameters].map(([name, { shape }]) => [name, shape])),
  embeddingKey: decoder.embeddingKey,
  headKey: decoder.headKey,
})

function planFor(model: Otter, readings: readonly KeyReading[], { require = 'all', where }: LoadOptions): Fit {
  const fit = fitWeights(targetOf(model), readings)
  const wanted = require === 'all' ? model.parameters.keys() : require === 'trainable' ? model.trainableNames : []
  checkFit(fit, readings, wanted, where ?? 'the weights')
  return fit
}

const reportOf = ({ missing, surplus, misshaped, resized }: Fit): LoadReport => ({
  missing,
  surplus,
  misshaped,
  resized,
})

/** A parameter's new values; where the weights have fewer rows, the last rows stay what they are. */
function assign({ tf, parameters }: Otter, name: string, values: Float32Array, partial: boolean): void {
  const variable = parameters.get(name)!
  const fresh: Tensor = tf.tidy(() => {
    const width = variable.shape[1] ?? 1
    if (!partial) return tf.tensor(values, [...variable.shape], 'float32')
    const rows = values.length / width
    const rest = tf.slice(variable as Tensor, [rows, 0], [-1, -1])
    return tf.concat([tf.tensor(values, [rows, width], 'float32'), rest], 0)
  })
  variable.assign(fresh)
  fresh.dispose()
}

/**
 * Puts weights into a model. Keys may be of any scheme in which they are published; a language model's embedding and head
 * may have another number of rows than the model's, which the report tells.
 *
 * @throws MIMICIT_BAD_WEIGHTS naming the missing, surplus and mis-shaped tensors.
 */
export function loadWeights(model: Otter, weights: StateDict, options: LoadOptions = {}): LoadReport {
  const fit = planFor(model, [readKeys(weights)], options)
  for (const [name, { key, rows, partial }] of fit.tensors) {
    const { values, shape } = weights.get(key)!
    const width = values.length / Math.max(1, shape[0] ?? 1)
    const part = rows === undefined ? values : values.subarray(rows.from * width, rows.to * width)
    assign(model, name, Float32Array.from(part), partial)
  }
  return reportOf(fit)
}

/** Opens what is named, runs, and closes what was opened. */
export async function withWeights<T>(
  sources: readonly (string | Weights)[],
  run: (weights: readonly Weights[]) => Promise<T>,
): Promise<T> {
  const opened: Weights[] = []
  try {
    const all: Weights[] = []
    for (const source of sources) {
      const weights = typeof source === 'string' ? await openWeights(source) : source
      if (typeof source === 'string') opened.push(weights)
      all.push(weights)
    }
    return await run(all)
  } finally {
    await Promise.all(opened.map((weights) => weights.close()))
  }
}

/** @throws MIMICIT_UNSUPPORTED naming tensors that are needed and cannot be read */
export function checkReadableFit({ tensors }: Pick<Fit, 'tensors'>, weights: readonly Weights[]): void {
  const needed = [...tensors.values()]
  for (const [part, source] of weights.entries())
    checkReadable(
      source,
      needed.filter((tensor) => tensor.part === part).map(({ key }) => key),
    )
}

/** What several weights are called in messages. */
export const locationsOf = (weights: readonly Weights[]): string => weights.map(({ location }) => location).join(' + ')

/**
 * Puts weights from files into a model, tensor by tensor. Several are put together: a CLIP tower, a language model and the
 * trained part of an OpenFlamingo model, say, or `final_weights.pt` over its base; later ones replace earlier ones.
 *
 * @param sources Locations as `openWeights` takes them, or open weights, which stay open.
 * @throws MIMICIT_BAD_WEIGHTS naming the missing, surplus and mis-shaped tensors, MIMICIT_UNSUPPORTED those of integers and
 * eight bits, and as `openWeights`; a disk that fails while it is read leaves the model with a part of them
 */
export async function loadWeightFiles(
  model: Otter,
  sources: string | Weights | readonly (string | Weights)[],
  options: LoadOptions = {},
): Promise<LoadReport> {
  const list = Array.isArray(sources) ? (sources as readonly (string | Weights)[]) : [sources as string | Weights]
  return withWeights(list, async (weights) => {
    const readings = weights.map(({ tensors }) => readKeys(tensors))
    const fit = planFor(model, readings, { where: locationsOf(weights), ...options })
    checkReadableFit(fit, weights)
    for (const [name, { part, key, rows, partial }] of fit.tensors)
      assign(model, name, await weights[part]!.read(key, rows), partial)
    return reportOf(fit)
  })
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

/** Parameters of a model that are copied out of it one by one, when they are written. */
export function laterParameters({ parameters }: Otter, names: Iterable<string>): Map<string, LaterTensor> {
  const later = new Map<string, LaterTensor>()
  for (const name of names) {
    const tensor = parameters.get(name)
    if (tensor === undefined) continue
    const values = async () => (await tensor.data()) as Float32Array
    later.set(name, { shape: tensor.shape, dtype: 'float32', values })
  }
  return later
}
