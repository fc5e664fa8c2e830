// AdamW with decoupled weight decay and clipping by the global norm. How one parameter is updated is the backend's business
// (`src/tensors/adam.ts`): the numbers are the same within rounding, and a run resumes exactly on the backend it was on.
import { z } from 'zod'
import { MimicitError, show } from '../base/errors.js'
import { isRecord, parseOptions } from '../base/options.js'
import type { Otter } from '../otter/model.js'
import type { StateDict, StateTensor } from '../otter/weights/safetensors.js'
import { adamMoments, sumOfSquares } from '../tensors/adam.js'
import type { AdamMoments, AdamValues } from '../tensors/adam-moments.js'
import type { Tensor, Tf } from '../tensors/tf.js'
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

function decayRule(name: DecayRuleName): DecayRule {
  if (Object.hasOwn(decayRules, name)) return decayRules[name]
  throw new MimicitError('MIMICIT_UNKNOWN_NAME', {
    expected: `one of ${Object.keys(decayRules).join(', ')}`,
    where: 'the option decays of AdamW',
    received: show(name),
  })
}

/** L2 norm over all gradients; not a number if any of them is none. */
export async function globalNorm(tf: Tf, gradients: ReadonlyMap<string, Tensor>): Promise<number> {
  return Math.sqrt(await sumOfSquares(tf, gradients.values()))
}

/** The optimiser of one model. It holds two moments per trained value, until `dispose`. */
export class AdamW {
  readonly #options: Required<Omit<AdamWOptions, 'decays'>>
  readonly #decays: DecayRule
  readonly #moments = new Map<string, AdamMoments>()
  /** Moments of a checkpoint that no update has asked for yet. */
  readonly #loaded = new Map<string, AdamValues>()

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
   * @param gradients Before clipping; they stay the caller's.
   * @param norm Their `globalNorm`, which the caller has checked to be finite.
   */
  async update(model: Otter, gradients: ReadonlyMap<string, Tensor>, norm: number, lr: number): Promise<void> {
    const { clipNorm, weightDecay, ...rest } = this.#options
    const scale = clipNorm > 0 ? Math.min(1, clipNorm / (norm + 1e-6)) : 1
    for (const [name, gradient] of gradients) {
      const variable = model.parameters.get(name)
      if (variable === undefined) continue
      const keep = this.#decays(name) ? 1 - lr * weightDecay : 1
      await this.#momentsOf(name, model.tf, variable.shape).update(variable, gradient, { ...rest, lr, scale, keep })
    }
  }

  #momentsOf(name: string, tf: Tf, shape: readonly number[]): AdamMoments {
    const known = this.#moments.get(name)
    if (known !== undefined) return known
    const moments = adamMoments(tf, shape, this.#loaded.get(name))
    this.#loaded.delete(name)
    this.#moments.set(name, moments)
    return moments
  }

  /** The moments as tensors, for a checkpoint: `{name}.m`, `{name}.v`, `{name}.steps`. */
  state(): StateDict {
    const state = new Map<string, StateTensor>()
    const all = new Map(this.#loaded)
    for (const [name, moments] of this.#moments) all.set(name, moments.values())
    for (const [name, { first, second, steps }] of all) {
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
    const fresh = new Map<string, AdamValues>()
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
    this.dispose()
    for (const [name, values] of fresh) this.#loaded.set(name, values)
  }

  /** Frees the moments. */
  dispose(): void {
    for (const moments of this.#moments.values()) moments.dispose()
    this.#moments.clear()
    this.#loaded.clear()
  }
}
