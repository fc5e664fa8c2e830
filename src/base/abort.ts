// Long work that was asked to stop, and waiting for it.
import { MimicitError } from './errors.js'

/**
 * Ends work whose signal has fired.
 * @param what the work, for the message: "the import"
 * @throws MimicitError MIMICIT_ABORTED
 */
export function stopIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted !== true) return
  throw new MimicitError('MIMICIT_ABORTED', {
    expected: 'to finish',
    where: what,
    received: 'a request to stop',
    hint: 'Nothing was written; run the same command again.',
  })
}

/**
 * Waits for a result or for a signal, whichever comes first. The work itself is not stopped; its failure counts as seen.
 * @throws what `stopped` gives, once the signal has fired
 */
export async function orAborted<T>(
  result: Promise<T>,
  signal: AbortSignal | undefined,
  stopped: () => Error,
): Promise<T> {
  if (signal === undefined) return result
  result.catch(() => undefined)
  let stop: (() => void) | undefined
  try {
    return await new Promise<T>((resolve, reject) => {
      stop = () => reject(stopped())
      if (signal.aborted) stop()
      // The listener goes with the wait: one signal may live as long as a thousand of them.
      else signal.addEventListener('abort', stop, { once: true })
      result.then(resolve, reject)
    })
  } finally {
    signal.removeEventListener('abort', stop!)
  }
}
