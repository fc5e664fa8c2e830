// A model straight from files: every parameter is read once, into the backend, and nothing is drawn that a file gives. What is
// in memory at any time is the model and one tensor.
import type { Tensor } from '../../tensors/tf.js'
import { decoderOf } from '../config.js'
import { initialValues } from '../init.js'
import { type Otter, type OtterOptions, otterOf } from '../model.js'
import { parameterSpecs } from '../parameter-specs.js'
import { checkRoom } from '../room.js'
import { checkFit, fitWeights, type LoadReport } from './fit.js'
import { checkReadableFit, locationsOf, withWeights } from './load.js'
import type { Weights } from './open-weights.js'
import { readKeys } from './schemes/index.js'

/** How to build a model from files. */
export interface OpenOtterOptions extends OtterOptions {
  /**
   * Locations as `openWeights` takes them, or open weights, which stay open. Several are put together, later ones replace
   * earlier ones: a CLIP tower, a language model, the trained part.
   */
  readonly weights: readonly (string | Weights)[]
  /**
   * `all`: every parameter must come. `some`: the others get seeded initial values, as the perceiver and the cross-attention
   * of a model that is put together from a tower and a language model and not yet trained.
   * @default 'all'
   */
  readonly require?: 'all' | 'some'
}

/** A model and how its weights fitted. */
export interface OpenedOtter {
  readonly model: Otter
  readonly report: LoadReport
}

/**
 * Builds a model with weights from files.
 *
 * @throws MIMICIT_NO_MEMORY before anything is read, MIMICIT_BAD_WEIGHTS naming the missing, surplus and mis-shaped tensors,
 * MIMICIT_UNSUPPORTED those of integers and eight bits, and as `openWeights`
 */
export async function openOtter({
  weights,
  require = 'all',
  seed = 0,
  ...options
}: OpenOtterOptions): Promise<OpenedOtter> {
  const { tf, config } = options
  checkRoom(tf, config)
  return withWeights(weights, async (parts) => {
    const decoder = decoderOf(config)
    const specs = parameterSpecs(config, decoder)
    const readings = parts.map(({ tensors }) => readKeys(tensors))
    const shapes = new Map(specs.map(({ name, shape }) => [name, shape]))
    const { tensors, ...report } = fitWeights({ shapes, ...decoder }, readings)
    checkFit({ tensors, ...report }, readings, require === 'all' ? shapes.keys() : [], locationsOf(parts))
    checkReadableFit({ tensors }, parts)
    const built = new Map<string, Tensor>()
    try {
      for (const spec of specs) {
        const source = tensors.get(spec.name)
        const read = source && (await parts[source.part]!.read(source.key, source.rows))
        let values = read
        if (values === undefined || source?.partial === true) {
          values = initialValues(spec, seed)
          if (read !== undefined) values.set(read)
        }
        built.set(spec.name, tf.tensor(values, [...spec.shape], 'float32'))
      }
    } catch (error) {
      for (const tensor of built.values()) tensor.dispose()
      throw error
    }
    return { model: otterOf(options, ({ name }) => built.get(name)!), report }
  })
}
