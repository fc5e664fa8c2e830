// Kernels of our own by name. An operation asks whether the backend in use has one and otherwise takes the portable way, so
// nothing else needs to know which backend runs.
import type { Tf } from './tf.js'

/** Names of our kernels in the registry. */
export const kernelNames = {
  batchMatMul: 'MimicitBatchMatMul',
  gatherRows: 'MimicitGatherRows',
  scatterAddRows: 'MimicitScatterAddRows',
  gelu: 'MimicitGelu',
  sumRows: 'MimicitSumRows',
  writeColumns: 'MimicitWriteColumns',
  swapHalves: 'MimicitSwapHalves',
  sigmoidGrad: 'MimicitSigmoidGrad',
} as const

/** Whether the backend in use has this kernel of ours. */
export function hasKernel(tf: Tf, name: string): boolean {
  return tf.getKernel(name, tf.getBackend()) !== undefined
}
