// What Adam keeps of a parameter, wherever it lies.
import type { Tensor, Variable } from './tf.js'

/** What an update needs to know. */
export interface AdamRule {
  readonly beta1: number
  readonly beta2: number
  /** Added outside of the root. */
  readonly eps: number
  readonly lr: number
  /** Factor on the gradient. */
  readonly scale: number
  /** What the parameter is multiplied with first: 1 less learning rate times decay. */
  readonly keep: number
}

/** Two moments as numbers, and how many updates made them. */
export interface AdamValues {
  readonly first: Float32Array
  readonly second: Float32Array
  readonly steps: number
}

/** The moments of one parameter. */
export interface AdamMoments {
  /** One update of `variable`, [..] like its gradient: both moments bias-corrected. */
  update(variable: Variable, gradient: Tensor, rule: AdamRule): Promise<void>
  /** Not to be written to. */
  values(): AdamValues
  dispose(): void
}
