// Adam's moments where TensorFlow keeps them, and its own operation for the update: gradients and parameters are never
// copied out and in again.
import { randomUUID } from 'node:crypto'
import type { AdamMoments, AdamRule, AdamValues } from '../adam-moments.js'
import type { Tensor, Variable } from '../tf.js'
import type { TensorflowLibrary } from './library.js'

/** Moments as variables of the library. */
export class ResidentAdamMoments implements AdamMoments {
  readonly #library: TensorflowLibrary
  /** What is updated: between two updates it shares its values with the parameter. */
  readonly #parameter: number
  readonly #first: number
  readonly #second: number
  #steps: number

  /** @param start where they go on from */
  constructor(library: TensorflowLibrary, shape: readonly number[], { first, second, steps }: AdamValues) {
    const name = randomUUID()
    const variable = (part: string, values: Float32Array) => {
      const id = library.make(shape, values)
      const handle = library.resource(`mimicit/${name}/${part}`, id, shape)
      library.free(id)
      return handle
    }
    this.#library = library
    this.#parameter = variable('parameter', new Float32Array(first.length))
    this.#first = variable('first', first)
    this.#second = variable('second', second)
    this.#steps = steps
  }

  async update(variable: Variable, gradient: Tensor, rule: AdamRule): Promise<void> {
    const library = this.#library
    const made: number[] = []
    const scalar = (value: number) => {
      const id = library.make([], Float32Array.of(value))
      made.push(id)
      return id
    }
    const unlocked = library.flag('use_locking', false)
    const dtype = library.type('dtype', 'float32')
    const { eps, lr, scale, keep } = rule
    // The operation takes 1 - beta in single precision; corrected for the same numbers, nothing of that is left.
    const [beta1, beta2] = [Math.fround(rule.beta1), Math.fround(rule.beta2)]
    this.#steps++
    // It knows eps only beside the root that is not corrected: root / c + eps = (root + c eps) / c.
    const correction = Math.sqrt(1 - beta2 ** this.#steps)
    const rate = (lr * correction) / (1 - beta1 ** this.#steps)
    try {
      const old = library.idOf(variable)
      library.run('AssignVariableOp', [dtype], [this.#parameter, old], 0)
      if (keep !== 1)
        library.run(
          'ResourceApplyGradientDescent',
          [library.float, unlocked],
          [this.#parameter, scalar(1 - keep), old],
          0,
        )
      let scaled = library.idOf(gradient)
      if (scale !== 1) {
        scaled = library.run('Mul', [library.float], [scaled, scalar(scale)])[0]?.id ?? -1
        made.push(scaled)
      }
      const none = scalar(0)
      library.run(
        'ResourceApplyAdam',
        [library.float, unlocked, library.flag('use_nesterov', false)],
        [
          ...[this.#parameter, this.#first, this.#second, none, none],
          ...[scalar(rate), scalar(beta1), scalar(beta2), scalar(eps * correction), scaled],
        ],
        0,
      )
      const fresh = library.tensor(library.run('ReadVariableOp', [dtype], [this.#parameter])[0])
      variable.assign(fresh)
      fresh.dispose()
    } finally {
      library.free(...made)
    }
  }

  values(): AdamValues {
    const library = this.#library
    const read = (handle: number) => {
      const id = library.run('ReadVariableOp', [library.type('dtype', 'float32')], [handle])[0]?.id ?? -1
      const values = library.read(id)
      library.free(id)
      return values
    }
    return { first: read(this.#first), second: read(this.#second), steps: this.#steps }
  }

  dispose(): void {
    for (const handle of [this.#parameter, this.#first, this.#second]) this.#library.freeResource(handle)
  }
}
