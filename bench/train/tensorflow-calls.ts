// The calls into the TensorFlow library that some work makes, timed without the JavaScript around them: what work on the
// backend `node` cannot be faster than.
import type { Tf } from '../../src/tensors/tf.js'

type Call = (...args: unknown[]) => unknown

/** Milliseconds inside the library; undefined on a backend that has none. */
export async function timeTensorflowCalls(tf: Tf, work: () => Promise<void>): Promise<number | undefined> {
  if (tf.getBackend() !== 'tensorflow') return undefined
  const backend = tf.backend() as unknown as { binding: object }
  const plain = backend.binding as Readonly<Record<string, unknown>>
  let total = 0
  backend.binding = new Proxy(
    {},
    {
      get(_, name: string) {
        const value = plain[name]
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          const began = performance.now()
          const result = (value as Call).apply(plain, args)
          total += performance.now() - began
          return result
        }
      },
    },
  )
  try {
    await work()
  } finally {
    backend.binding = plain
  }
  return total
}
