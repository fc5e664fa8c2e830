// One update out of several batches, as if they were one: what each gives is weighted by how much of it the mean goes over
// (labels, or samples), so that a batch of short answers does not count like one of long ones.
import { MimicitError, show } from '../base/errors.js'
import type { Batch } from '../loader/batch.js'
import type { LabelledInput } from '../otter/check-batch.js'
import type { Otter } from '../otter/model.js'
import type { LossPer } from '../otter/supervised.js'
import type { Tensor } from '../tensors/tf.js'
import { globalNorm } from './adamw.js'

/** What an update is made of. */
export interface MeanGradients {
  /** Mean over all labels or samples of all batches. */
  readonly loss: number
  /** Until the sum is disposed of. */
  readonly gradients: ReadonlyMap<string, Tensor>
  /** L2 norm of the gradients before clipping. */
  readonly gradNorm: number
  /** Labels that got loss. */
  readonly tokens: number
  /** Pictures and frames that the model saw. */
  readonly images: number
}

function notFinite(what: string, step: number, ids: readonly string[], value: number): MimicitError {
  return new MimicitError('MIMICIT_NAN', {
    expected: `a finite ${what}`,
    where: `step ${step}, samples ${ids.join(', ')}`,
    received: show(String(value)),
    hint: 'The update was not made and the last checkpoint is intact. Lower the learning rate, or look at these samples.',
  })
}

/** Adds up the batches of one update. It holds their gradients until `dispose`. */
export class GradientSum {
  readonly #model: Otter
  readonly #sums = new Map<string, Tensor>()
  readonly #ids: string[] = []
  readonly #step: number
  #loss = 0
  #units = 0
  #batches = 0
  #tokens = 0
  #images = 0

  /** @param step number of the update, for messages */
  constructor(model: Otter, step: number) {
    this.#model = model
    this.#step = step
  }

  /** Batches so far. */
  get batches(): number {
    return this.#batches
  }

  /**
   * Runs the model on a batch and adds what it gives.
   * @throws MIMICIT_NAN naming the samples of a batch whose loss is not finite
   */
  async add(batch: Batch & LabelledInput, per: LossPer): Promise<void> {
    const { tf } = this.#model
    const { loss: scalar, gradients, tokens, units } = this.#model.lossAndGradients(batch, per)
    const loss = (await scalar.data())[0] ?? Number.NaN
    scalar.dispose()
    this.#ids.push(...batch.ids)
    if (!Number.isFinite(loss)) {
      tf.dispose([...gradients.values()])
      throw notFinite('loss', this.#step, batch.ids, loss)
    }
    this.#batches++
    this.#tokens += tokens
    this.#images += batch.mediaMask.reduce((sum, real) => sum + real, 0)
    this.#loss += loss * units
    // The first is taken as it is; only with a second there is something to weigh.
    if (this.#batches === 2) this.#weigh(this.#units)
    const weight = this.#batches === 1 ? 1 : units
    this.#units += units
    for (const [name, values] of gradients) {
      const sum = this.#sums.get(name)
      if (sum === undefined && weight === 1) {
        this.#sums.set(name, values)
        continue
      }
      const weighted = tf.mul(values, weight)
      this.#sums.set(name, sum === undefined ? weighted : tf.add(sum, weighted))
      tf.dispose(sum === undefined ? [values] : [values, weighted, sum])
    }
  }

  /** @throws MIMICIT_NAN naming all samples when the norm of the gradients is not finite */
  async mean(): Promise<MeanGradients> {
    if (this.#batches > 1) this.#weigh(1 / Math.max(this.#units, 1))
    const gradNorm = await globalNorm(this.#model.tf, this.#sums)
    if (!Number.isFinite(gradNorm)) throw notFinite('norm of the gradients', this.#step, this.#ids, gradNorm)
    return {
      loss: this.#units === 0 ? 0 : this.#loss / this.#units,
      gradients: this.#sums,
      gradNorm,
      tokens: this.#tokens,
      images: this.#images,
    }
  }

  /** Frees the gradients. */
  dispose(): void {
    this.#model.tf.dispose([...this.#sums.values()])
    this.#sums.clear()
  }

  #weigh(factor: number): void {
    for (const [name, values] of this.#sums) {
      this.#sums.set(name, this.#model.tf.mul(values, factor))
      values.dispose()
    }
  }
}
