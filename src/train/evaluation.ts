// The loss on samples that are not trained on: how far it has come down, and when it has stopped doing so.
import type { BatchStream } from '../loader/batch.js'
import type { Otter } from '../otter/model.js'
import { type LossPer, supervised } from '../otter/supervised.js'
import type { VisionCache } from './vision-cache.js'

/** How to evaluate while training. */
export interface EvaluationOptions {
  /** The batches of one evaluation, the same every time; the loop closes them. */
  readonly batches: () => BatchStream | Promise<BatchStream>
  /** Updates between two evaluations. */
  readonly every: number
  /** Evaluations without a better loss after which training ends; Infinity never. @default Infinity */
  readonly patience?: number
}

/** What the evaluations so far have shown; part of a checkpoint, so that a resumed run stops where it would have. */
export interface EvaluationState {
  /** The update after which the loss was lowest. */
  readonly bestStep: number
  readonly bestLoss: number
  /** Evaluations since then. */
  readonly since: number
  /** The update after which the last evaluation was. */
  readonly lastStep: number
}

/** The state after another evaluation. */
export function afterEvaluation(before: EvaluationState | undefined, step: number, loss: number): EvaluationState {
  if (before === undefined || loss < before.bestLoss) {
    return { bestStep: step, bestLoss: loss, since: 0, lastStep: step }
  }
  return { ...before, since: before.since + 1, lastStep: step }
}

/** How to evaluate. */
export interface EvaluationRules {
  readonly per: LossPer
  readonly withVision: VisionCache['fill']
  readonly signal: AbortSignal | undefined
}

/**
 * Mean loss of a model over batches, which are closed afterwards.
 * @returns undefined when the signal fired before the last of them
 */
export async function evaluationLoss(
  model: Otter,
  stream: BatchStream,
  { per, withVision, signal }: EvaluationRules,
): Promise<number | undefined> {
  let sum = 0
  let units = 0
  try {
    for await (const batch of stream) {
      if (signal?.aborted === true) return undefined
      const counted = supervised(batch, per).units
      const loss = model.loss(await withVision(batch), per)
      sum += ((await loss.data())[0] ?? Number.NaN) * counted
      units += counted
      loss.dispose()
      batch.release?.()
    }
  } finally {
    await stream.close()
  }
  return units === 0 ? 0 : sum / units
}
