// Adam's moments of one parameter and its update with them. Portable: one loop over arrays. A model of this kind has a
// hundred small tensors and an update has ten operations: as operations that is a thousand calls a step, as one loop over
// arrays it is a few milliseconds. TensorFlow has the whole update as an operation of its own, and there nothing leaves it.
import type { AdamMoments, AdamRule, AdamValues } from './adam-moments.js'
import { valuesInPlace } from './in-place.js'
import { ResidentAdamMoments } from './tensorflow/adam.js'
import { tensorflowLibrary } from './tensorflow/library.js'
import type { Tensor, Tf, Variable } from './tf.js'

/** Moments for a parameter of this shape. @param start where they go on from; taken over. @default zeros */
export function adamMoments(tf: Tf, shape: readonly number[], start?: AdamValues): AdamMoments {
  const size = shape.reduce((product, n) => product * n, 1)
  const from = start ?? { first: new Float32Array(size), second: new Float32Array(size), steps: 0 }
  const library = tensorflowLibrary(tf)
  return library === undefined ? new ArrayAdamMoments(tf, from) : new ResidentAdamMoments(library, shape, from)
}

class ArrayAdamMoments implements AdamMoments {
  readonly #tf: Tf
  readonly #first: Float32Array
  readonly #second: Float32Array
  #steps: number

  constructor(tf: Tf, { first, second, steps }: AdamValues) {
    this.#tf = tf
    this.#first = first
    this.#second = second
    this.#steps = steps
  }

  async update(variable: Variable, gradient: Tensor, rule: AdamRule): Promise<void> {
    const values = (await variable.data()) as Float32Array
    this.#change(values, (await gradient.data()) as Float32Array, rule)
    const fresh = this.#tf.tensor(values, variable.shape)
    variable.assign(fresh)
    fresh.dispose()
  }

  #change(values: Float32Array, gradient: Float32Array, { beta1, beta2, eps, lr, scale, keep }: AdamRule): void {
    const [first, second] = [this.#first, this.#second]
    this.#steps++
    const rate = lr / (1 - beta1 ** this.#steps)
    const correction = 1 / Math.sqrt(1 - beta2 ** this.#steps)
    for (let i = 0; i < values.length; i++) {
      const g = (gradient[i] ?? 0) * scale
      const m = beta1 * (first[i] ?? 0) + (1 - beta1) * g
      const v = beta2 * (second[i] ?? 0) + (1 - beta2) * g * g
      first[i] = m
      second[i] = v
      values[i] = (values[i] ?? 0) * keep - (rate * m) / (Math.sqrt(v) * correction + eps)
    }
  }

  values(): AdamValues {
    return { first: this.#first, second: this.#second, steps: this.#steps }
  }

  dispose(): void {}
}

/** Sum of the squares of all values, in double precision within a tensor on wasm and over tensors everywhere. */
export async function sumOfSquares(tf: Tf, tensors: Iterable<Tensor>): Promise<number> {
  const library = tensorflowLibrary(tf)
  let sum = 0
  for (const tensor of tensors) {
    if (library !== undefined) {
      const id = library.run('L2Loss', [library.float], [library.idOf(tensor)])[0]?.id ?? -1
      sum += 2 * (library.read(id)[0] ?? Number.NaN)
      library.free(id)
      continue
    }
    const values = tf.getBackend() === 'wasm' ? valuesInPlace(tf, tensor) : await tensor.data<'float32'>()
    for (let i = 0; i < values.length; i++) sum += (values[i] ?? 0) ** 2
  }
  return sum
}
