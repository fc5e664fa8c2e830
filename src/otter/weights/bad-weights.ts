// One error for every way in which a file of weights can be wrong.
import { MimicitError } from '../../base/errors.js'

/** An error about a file of weights. */
export function badWeights(where: string, expected: string, received: string, hint?: string): MimicitError {
  return new MimicitError('MIMICIT_BAD_WEIGHTS', {
    expected,
    where,
    received,
    hint: hint ?? 'The file is damaged or of another form; fetch it again.',
  })
}
