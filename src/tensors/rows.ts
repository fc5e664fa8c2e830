// Rows of a table by number: the embedding lookup, and the choice of the positions that get loss.
import { customOp } from './custom-op.js'
import { hasKernel, kernelNames } from './kernels.js'
import type { Tensor, Tf } from './tf.js'

/** values [n,c], index int32 [n] -> [rows,c]: sums the values of equal index. Without a gradient. */
export function scatterAddRows(tf: Tf, values: Tensor, index: Tensor, rows: number): Tensor {
  if (hasKernel(tf, kernelNames.scatterAddRows))
    return tf.engine().runKernel<Tensor>(kernelNames.scatterAddRows, { values, index }, { rows })
  if (tf.getBackend() === 'tensorflow') return tf.unsortedSegmentSum(values, tf.cast(index, 'int32') as never, rows)
  // A product with one-hot rows: every backend has it, while the kernel behind the stock gradient is often missing.
  return tf.matMul(tf.transpose(tf.cast(tf.oneHot(tf.cast(index, 'int32'), rows), 'float32')), values)
}

/**
 * Rows of a table.
 *
 * @param table [r,c]
 * @param index int32 [n], every number within [0, r): the caller checks, the kernels do not.
 * @returns [n,c]; rows that nobody took get a gradient of exactly zero.
 */
export function gatherRows(tf: Tf, table: Tensor, index: Tensor): Tensor {
  const rows = table.shape[0] ?? 0
  return customOp(
    tf,
    [table],
    () => ({
      value: hasKernel(tf, kernelNames.gatherRows)
        ? tf.engine().runKernel<Tensor>(kernelNames.gatherRows, { table, index })
        : tf.gather(table, tf.cast(index, 'int32')),
      saved: [index],
    }),
    (dy, [savedIndex]) => [() => scatterAddRows(tf, dy, savedIndex as Tensor, rows)],
  )
}
