// The tensor library as the rest of mimicit sees it: a value of type `Tf` that is handed around, never imported. Only
// this room loads the library itself, so a process that has no use for tensors never pays for it.
import type * as tfjs from '@tensorflow/tfjs'

/** The tfjs API of whichever package was chosen at start (`@tensorflow/tfjs`, `tfjs-node`, `tfjs-node-gpu`). */
export type Tf = typeof tfjs

/** A tensor of any rank. */
export type Tensor = tfjs.Tensor

/** A tensor that training may change. */
export type Variable = tfjs.Variable

/** Whether training leaves this tensor alone. Frozen parameters get no gradient and no place on the tape. */
export function isFrozen(tensor: Tensor): boolean {
  return 'trainable' in tensor && tensor.trainable === false
}

/** Sizes of the two sides of a matrix; what a fold to two dimensions leaves. */
export function matrixShape(tensor: Tensor): readonly [rows: number, columns: number] {
  const columns = tensor.shape.at(-1) ?? 1
  return [columns === 0 ? 0 : tensor.size / columns, columns]
}
