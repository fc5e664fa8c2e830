// The loss on samples that are not trained on: how far it has come down, and when it has stopped doing so.
import { MimicitError } from '../base/errors.js'
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

const notFinite = (ids: readonly string[], loss: number) =>
  new MimicitError('MIMICIT_NAN', {
    expected: 'a finite loss',
    where: `held-out samples ${ids.join(', ')}`,
    received: String(loss),
    hint: 'The last checkpoint was written before. Lower the learning rate, or look at these samples.',
  })

/**
 * Mean loss of a model over batches, which are closed afterwards.
 * @returns undefined when the signal fired before the last of them
 * @throws MIMICIT_NAN naming the samples whose loss is not finite: nothing that comes later could be told to be better
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
      const tensor = model.loss(await withVision(batch), per)
      const loss = (await tensor.data())[0] ?? Number.NaN
      tensor.dispose()
      if (!Number.isFinite(loss)) throw notFinite(batch.ids, loss)
      sum += loss * counted
      units += counted
      batch.release?.()
    }
  } finally {
    await stream.close()
  }
  return units === 0 ? 0 : sum / units
}
