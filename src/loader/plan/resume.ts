// Whether a stream may go on from a saved state.
import { MimicitError, show } from '../../base/errors.js'
import type { LoaderState } from '../batch.js'
import { type PlanParts, planDifferences } from './identity.js'

/** What a saved state is compared with. */
export interface Resuming {
  /** This stream's plan and its parts. */
  readonly plan: string
  readonly planParts: PlanParts
  /** Steps of one epoch, where they are known. */
  readonly steps: number | undefined
  /** Parts of the plan that the state was saved under, where they are known. */
  readonly saved?: PlanParts | undefined
  /** Goes on although the plans differ. */
  readonly force?: boolean
}

/**
 * The state to go on from.
 * @throws MimicitError MIMICIT_RESUME_MISMATCH, which names the parts that differ if it is told those of the saved plan;
 * MIMICIT_BAD_VALUE
 */
export function checkResume(state: LoaderState, { plan, planParts, steps, saved, force }: Resuming): LoaderState {
  if (typeof state.v === 'number' && state.v !== 1) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'a loader state of version 1',
      where: 'option resume of loadMimicIT',
      received: show(state),
    })
  }
  // What is no state at all would be told to be one of another stream.
  if (!isState(state)) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'a loader state such as {"v": 1, "plan": "…", "epoch": 0, "step": 0, "seen": 0}',
      where: 'option resume of loadMimicIT',
      received: show(state),
      hint: 'Give it as a batch carried it, or as state() of the stream was.',
    })
  }
  if (state.plan !== plan && force !== true) {
    const differing = saved === undefined ? [] : planDifferences(saved, planParts)
    throw new MimicitError('MIMICIT_RESUME_MISMATCH', {
      expected: `a state of this stream (plan ${plan})`,
      where: 'option resume of loadMimicIT',
      received: `one of plan ${state.plan}`,
      hint:
        differing.length > 0
          ? `These differ from the run that saved it: ${differing.join('; ')}. Set them as they were, or go on with force: true, which gives another stream.`
          : 'The data set or an option that changes batches differs from the run that saved it.',
    })
  }
  const sound = [state.epoch, state.step, state.seen].every((n) => Number.isInteger(n) && n >= 0)
  if (!sound || (steps !== undefined && state.step > steps)) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: steps === undefined ? 'whole numbers' : `a step from 0 to ${steps}`,
      where: 'option resume of loadMimicIT',
      received: show(state),
    })
  }
  return { ...state, plan }
}

/** Has a person's JSON all that a state has? */
const isState = ({ v, plan, epoch, step, seen }: LoaderState) =>
  v === 1 && typeof plan === 'string' && [epoch, step, seen].every((n) => typeof n === 'number')
