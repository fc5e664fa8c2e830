// Errors as values, so that a test can look at code and message together.
import { MimicitError } from '../../src/base/errors.js'

/** The MimicitError that some work fails with; anything else fails the test. */
export async function faultOf(work: (() => unknown) | Promise<unknown>): Promise<MimicitError> {
  try {
    await (typeof work === 'function' ? work() : work)
  } catch (error) {
    if (error instanceof MimicitError) return error
    throw error
  }
  throw new Error('expected a MimicitError, but nothing was thrown')
}
