// Whether a stream may go on from a saved state.
import { MimicitError, show } from '../../base/errors.js'
import type { LoaderState } from '../batch.js'

/**
 * Checks that a saved state belongs to this plan.
 * @param steps steps of one epoch
 * @throws MimicitError MIMICIT_RESUME_MISMATCH, MIMICIT_BAD_VALUE
 */
export function checkResume(state: LoaderState, planId: string, steps: number): LoaderState {
  if (state.v !== 1) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'a loader state of version 1',
      where: 'option resume of loadMimicIT',
      received: show(state),
    })
  }
  if (state.plan !== planId) {
    throw new MimicitError('MIMICIT_RESUME_MISMATCH', {
      expected: `a state of this stream (plan ${planId})`,
      where: 'option resume of loadMimicIT',
      received: `one of plan ${state.plan}`,
      hint: 'The data set or an option that changes batches differs from the run that saved it.',
    })
  }
  const sound = [state.epoch, state.step, state.seen].every((n) => Number.isInteger(n) && n >= 0)
  if (!sound || state.step > steps) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: `a step from 0 to ${steps}`,
      where: 'option resume of loadMimicIT',
      received: show(state),
    })
  }
  return state
}
