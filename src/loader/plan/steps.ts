// The plan of a stream, pure: which samples make up which step. Nothing is read here.
import { MimicitError, show } from '../../base/errors.js'
import type { LoaderState } from '../batch.js'
import type { Shuffle } from './shuffles.js'

/** What decides the steps of a stream. */
export interface StreamPlan {
  /** Samples of one epoch. */
  readonly samples: number
  readonly batchSize: number
  /** Whether a last batch that is not full is left out. */
  readonly dropLast: boolean
  readonly epochs: number
  readonly orderKey: string
  readonly seed: number
  readonly shuffle: Shuffle
}

/** One step: where it stands and which samples it has, in order. */
export interface PlannedStep {
  readonly epoch: number
  readonly step: number
  /** Indices into the training list. */
  readonly samples: readonly number[]
}

/** Steps of one epoch. */
export function stepsPerEpoch({ samples, batchSize, dropLast }: StreamPlan): number {
  return dropLast ? Math.floor(samples / batchSize) : Math.ceil(samples / batchSize)
}

/** The samples of one step. */
export function planStep(plan: StreamPlan, epoch: number, step: number): PlannedStep {
  const { orderKey, seed } = plan
  const order = plan.shuffle.order(plan.samples, { orderKey, seed, epoch })
  const first = step * plan.batchSize
  const last = Math.min(first + plan.batchSize, plan.samples)
  return { epoch, step, samples: Array.from({ length: last - first }, (_, i) => order(first + i)) }
}

/** Every step from a state on. */
export function* planSteps(plan: StreamPlan, from: { readonly epoch: number; readonly step: number }) {
  const steps = stepsPerEpoch(plan)
  for (let epoch = from.epoch; epoch < plan.epochs && steps > 0; epoch++) {
    for (let step = epoch === from.epoch ? from.step : 0; step < steps; step++) yield planStep(plan, epoch, step)
  }
}

/** The state after a batch: that of the next one. */
export function stateAfter(
  state: LoaderState,
  batch: { readonly epoch: number; readonly step: number; readonly ids: readonly string[] },
  steps: number,
): LoaderState {
  const last = batch.step + 1 >= steps
  return {
    v: 1,
    plan: state.plan,
    epoch: last ? batch.epoch + 1 : batch.epoch,
    step: last ? 0 : batch.step + 1,
    seen: state.seen + batch.ids.length,
  }
}

/**
 * Checks that a saved state belongs to this plan.
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
