// Long work that was asked to stop.
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
