// The steps of a stream whose batches have a fixed number of samples, pure: any step can be asked for alone.
import type { LoaderState } from '../batch.js'
import type { PlannedSample, PlannedStep } from './planned.js'
import { filledUp, partOf, type Rank, rowsEach } from './ranks.js'

/** What decides the steps of a stream. */
export interface StreamPlan extends Rank {
  /** Its identity, 16 hex digits. */
  readonly id: string
  /** Samples of one epoch. */
  readonly samples: number
  /** Samples of a step, on all ranks together. */
  readonly batchSize: number
  /** Whether a last batch that is not full is left out. */
  readonly dropLast: boolean
  /** Whether a last batch that is not full is filled up with empty rows. */
  readonly padLast: boolean
  readonly epochs: number
  sampleAt(epoch: number, position: number): PlannedSample
}

/** Steps of one epoch. */
export function stepsPerEpoch({ samples, batchSize, dropLast }: StreamPlan): number {
  return dropLast ? Math.floor(samples / batchSize) : Math.ceil(samples / batchSize)
}

/**
 * One step.
 * @param seen samples given before it, on all ranks
 */
export function planStep(plan: StreamPlan, { epoch, step, seen }: Omit<LoaderState, 'v' | 'plan'>): PlannedStep {
  const first = step * plan.batchSize
  const count = Math.min(plan.batchSize, plan.samples - first)
  const { from, to } = partOf(count, plan)
  const rows = Array.from({ length: to - from }, (_, i) => [plan.sampleAt(epoch, first + from + i)])
  const last = step + 1 >= stepsPerEpoch(plan)
  return {
    epoch,
    step,
    // Every rank has as many rows as the others, whatever is left for it.
    rows: filledUp(rows, rowsEach(plan.padLast ? plan.batchSize : count, plan.worldSize)),
    after: {
      v: 1,
      plan: plan.id,
      epoch: last ? epoch + 1 : epoch,
      step: last ? 0 : step + 1,
      seen: seen + count,
    },
  }
}

/** Every step from a state on. */
export function* planSteps(plan: StreamPlan, from: LoaderState): Generator<PlannedStep> {
  const steps = stepsPerEpoch(plan)
  if (steps === 0) return
  let at = from.step < steps ? from : { ...from, epoch: from.epoch + 1, step: 0 }
  while (at.epoch < plan.epochs) {
    const planned = planStep(plan, at)
    yield planned
    at = planned.after
  }
}
