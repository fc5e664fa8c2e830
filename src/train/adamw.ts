// AdamW with decoupled weight decay and clipping by the global norm, on typed arrays. A model of this kind has a hundred
// small tensors and an update has ten operations: as tensor operations that is a thousand calls a step, as one loop over
// arrays it is a few milliseconds. It runs the same way, to the bit, on every backend.
import { z } from 'zod'
import { MimicitError, show } from '../base/errors.js'
import { isRecord, parseOptions } from '../base/options.js'
import type { Otter } from '../otter/model.js'
import type { StateDict, StateTensor } from '../otter/weights/safetensors.js'
import type { Tensor } from '../tensors/tf.js'
import { type DecayRule, type DecayRuleName, decayRules } from './decay.js'

/** Options of the optimiser. */
export interface AdamWOptions {
  /** @default 0.9 */
  readonly beta1?: number
  /** @default 0.999 */
  readonly beta2?: number
  /** Added outside of the root. @default 1e-8 */
  readonly eps?: number
  /** @default 0.1 */
  readonly weightDecay?: number
  /** Which parameters decay: a rule of `decayRules` by name, or one's own. @default 'otter' */
  readonly decays?: DecayRuleName | DecayRule
  /** Gradients are scaled down to this global norm; 0 never. @default 1 */
  readonly clipNorm?: number
}

const share = z.number().min(0).lt(1)
const adamWOptions = z.strictObject({
  beta1: share.default(0.9),
  beta2: share.default(0.999),
  eps: z.number().positive().default(1e-8),
  weightDecay: z.number().min(0).default(0.1),
  clipNorm: z.number().min(0).default(1),
})

interface Moments {
  readonly first: Float32Array
  readonly second: Float32Array
  /** Updates of this parameter so far: a text-only batch gives the perceiver none. */
  steps: number
}

function decayRule(name: DecayRuleName): DecayRule {
  if (Object.hasOwn(decayRules, name)) return decayRules[name]
  throw new MimicitError('MIMICIT_UNKNOWN_NAME', {
    expected: `one of ${Object.keys(decayRules).join(', ')}`,
    where: 'the option decays of AdamW',
    received: show(name),
  })
}

/** L2 norm over all gradients, summed in double precision; not a number if any of them is none. */
export function globalNorm(gradients: ReadonlyMap<string, Float32Array>): number {
  let sum = 0
  for (const values of gradients.values()) for (let i = 0; i < values.length; i++) sum += (values[i] ?? 0) ** 2
  return Math.sqrt(sum)
}

/** Reads gradients off the backend and frees them there. */
export async function readGradients(gradients: ReadonlyMap<string, Tensor>): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>()
  for (const [name, tensor] of gradients) {
    values.set(name, (await tensor.data()) as Float32Array)
    tensor.dispose()
  }
  return values
}

/** The optimiser of one model. It holds two moments per trained value. */
export class AdamW {
  readonly #options: Required<Omit<AdamWOptions, 'decays'>>
  readonly #decays: DecayRule
  readonly #moments = new Map<string, Moments>()

  /** @throws MimicitError MIMICIT_UNKNOWN_OPTION, MIMICIT_BAD_VALUE, MIMICIT_UNKNOWN_NAME for a rule that is not registered */
  constructor(options: AdamWOptions = {}) {
    const { decays = 'otter', ...rest } = isRecord('AdamW', options)
    this.#options = parseOptions('AdamW', adamWOptions, rest)
    this.#decays = typeof decays === 'function' ? decays : decayRule(decays)
  }

  /**
   * One update: p <- p (1 - lr decay), then p <- p - lr m / (sqrt(v) + eps) with both moments bias-corrected. A parameter
   * without a gradient stays as it is, its moments too.
   *
   * @param gradients Before clipping.
   * @param norm Their `globalNorm`, which the caller has checked to be finite.
   */
  async update(model: Otter, gradients: ReadonlyMap<string, Float32Array>, norm: number, lr: number): Promise<void> {
    const { clipNorm, weightDecay } = this.#options
    const scale = clipNorm > 0 ? Math.min(1, clipNorm / (norm + 1e-6)) : 1
    for (const [name, gradient] of gradients) {
      const variable = model.parameters.get(name)
      if (variable === undefined) continue
      const values = (await variable.data()) as Float32Array
      this.#updateOne(this.#momentsOf(name, values.length), values, gradient, {
        scale,
        lr,
        keep: this.#decays(name) ? 1 - lr * weightDecay : 1,
      })
      const fresh = model.tf.tensor(values, variable.shape)
      variable.assign(fresh)
      fresh.dispose()
    }
  }

  #momentsOf(name: string, size: number): Moments {
    let moments = this.#moments.get(name)
    if (moments === undefined) {
      moments = { first: new Float32Array(size), second: new Float32Array(size), steps: 0 }
      this.#moments.set(name, moments)
    }
    return moments
  }

  #updateOne(
    moments: Moments,
    values: Float32Array,
    gradient: Float32Array,
    { scale, lr, keep }: { readonly scale: number; readonly lr: number; readonly keep: number },
  ): void {
    const { beta1, beta2, eps } = this.#options
    const { first, second } = moments
    moments.steps++
    const rate = lr / (1 - beta1 ** moments.steps)
    const correction = 1 / Math.sqrt(1 - beta2 ** moments.steps)
    for (let i = 0; i < values.length; i++) {
      const g = (gradient[i] ?? 0) * scale
      const m = beta1 * (first[i] ?? 0) + (1 - beta1) * g
      const v = beta2 * (second[i] ?? 0) + (1 - beta2) * g * g
      first[i] = m
      second[i] = v
      values[i] = (values[i] ?? 0) * keep - (rate * m) / (Math.sqrt(v) * correction + eps)
    }
  }

  /** The moments as tensors, for a checkpoint: `{name}.m`, `{name}.v`, `{name}.steps`. */
  state(): StateDict {
    const state = new Map<string, StateTensor>()
    for (const [name, { first, second, steps }] of this.#moments) {
      state.set(`${name}.m`, { shape: [first.length], values: first })
      state.set(`${name}.v`, { shape: [second.length], values: second })
      state.set(`${name}.steps`, { shape: [1], values: Int32Array.of(steps) })
    }
    return state
  }

  /**
   * Takes the moments of a checkpoint.
   *
   * @param sizes Number of values of every parameter that may have moments.
   * @throws MIMICIT_BAD_CHECKPOINT when they belong to other parameters.
   */
  load(state: StateDict, sizes: ReadonlyMap<string, number>): void {
    const fresh = new Map<string, Moments>()
    for (const key of state.keys()) {
      if (!key.endsWith('.steps')) continue
      const name = key.slice(0, -'.steps'.length)
      const [m, v, steps] = [`${name}.m`, `${name}.v`, key].map((part) => state.get(part)?.values)
      const size = sizes.get(name)
      if (
        !(m instanceof Float32Array && v instanceof Float32Array && steps?.length === 1) ||
        m.length !== size ||
        v.length !== size
      )
        throw new MimicitError('MIMICIT_BAD_CHECKPOINT', {
          expected: `two moments of ${size ?? 0} values`,
          where: `the optimiser state of ${name}`,
          received: `${m?.length ?? 0} and ${v?.length ?? 0}`,
          hint: 'The checkpoint belongs to another model.',
        })
      fresh.set(name, { first: m.slice(), second: v.slice(), steps: steps[0] ?? 0 })
    }
    this.#moments.clear()
    for (const [name, moments] of fresh) this.#moments.set(name, moments)
  }
}
