// Memory checks: tensors are not garbage collected, so a loop that forgets one per step ends in an exhausted heap hours
// later. These helpers make that a failed test instead.
import { MimicitError } from '../base/errors.js'
import type { Tf } from './tf.js'

/** What the backend holds now. */
export interface TensorMemory {
  readonly tensors: number
  readonly bytes: number
}

/** Tensors alive and the bytes they take. */
export function tensorMemory(tf: Tf): TensorMemory {
  const { numTensors, numBytes } = tf.memory()
  return { tensors: numTensors, bytes: numBytes }
}

/**
 * Runs `work` and compares the number of live tensors before and after.
 *
 * @param kept Tensors that the work is expected to leave alive. @default 0
 * @throws MIMICIT_INTERNAL when it left more or fewer.
 */
export async function withoutLeak<T>(tf: Tf, work: () => Promise<T> | T, kept = 0): Promise<T> {
  const before = tensorMemory(tf).tensors
  const result = await work()
  const left = tensorMemory(tf).tensors - before
  if (left !== kept)
    throw new MimicitError('MIMICIT_INTERNAL', {
      expected: `${kept} tensors left alive`,
      where: 'the tensor work that was checked',
      received: `${left}`,
      hint: 'Wrap intermediate results in tf.tidy, or dispose of them.',
    })
  return result
}
