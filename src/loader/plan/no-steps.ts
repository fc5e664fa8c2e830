// A stream whose epochs have no step: every batch would be a last one that is not full, and those are left out.
import { MimicitError } from '../../base/errors.js'

/**
 * The error of it. A loop over nothing would end as if it had been trained.
 * @param received what an epoch has, such as `9 samples`
 */
export function noSteps(batchSize: number, received: string, unit: 'samples' | 'rows'): MimicitError {
  return new MimicitError('MIMICIT_EMPTY', {
    expected: `at least one full batch of ${batchSize} ${unit} in an epoch, since dropLast leaves out what is not full`,
    where: 'option batchSize of loadMimicIT',
    received,
    hint: 'Give a smaller batchSize, or dropLast: false.',
  })
}
