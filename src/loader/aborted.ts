// The error of a stream that was asked to stop.
import { MimicitError } from '../base/errors.js'

/** The error of a stream that was asked to stop. */
export function aborted(): MimicitError {
  return new MimicitError('MIMICIT_ABORTED', {
    expected: 'to go on',
    where: 'the batch stream',
    received: 'a request to stop',
    hint: 'Resume with the last state.',
  })
}
