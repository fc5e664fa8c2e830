// The training loop: batches in, updates of the model out, with checkpoints from which a run continues as if it had never
// stopped. It gives way to the event loop after every step, so that a loader in the same process can go on reading.
import { setImmediate } from 'node:timers/promises'
import { MimicitError, show } from '../base/errors.js'
import type { Batch, BatchStream, LoaderState } from '../loader/batch.js'
import type { Otter } from '../otter/model.js'
import type { LossPer } from '../otter/supervised.js'
import { AdamW, type AdamWOptions } from './adamw.js'
import { latestCheckpoint, loadCheckpoint, readPlanParts, saveCheckpoint, type TrainState } from './checkpoint.js'
import { afterEvaluation, type EvaluationOptions, evaluationLoss } from './evaluation.js'
import { GradientSum, type MeanGradients } from './gradient-sum.js'
import type { EvaluationMetrics, StepMetrics } from './metrics.js'
import { learningRate, type ScheduleOptions } from './schedule.js'
import type { VisionCache } from './vision-cache.js'

/** Where and how often to save. */
export interface CheckpointOptions {
  readonly dir: string
  /** Steps between two checkpoints; the last step is always saved. @default 500 */
  readonly every?: number
  /** How many of the newest to keep. @default 3 */
  readonly keep?: number
}

/** Options of `train`. */
export interface TrainOptions extends ScheduleOptions {
  readonly model: Otter
  /**
   * The batches: a stream, or a function that opens one at a state, which is what resuming needs. It also gets the parts
   * of the plan that the state was saved under, from `plan.json`. The loop closes the stream.
   */
  readonly batches:
    | BatchStream
    | ((
        state: LoaderState | undefined,
        planParts: Readonly<Record<string, unknown>> | undefined,
      ) => BatchStream | Promise<BatchStream>)
  /** Updates in total, those before a resume included. The run ends earlier if the batches do. */
  readonly steps: number
  readonly optimizer?: AdamWOptions
  /** Batches that make one update, weighted as if they were one batch. @default 1 */
  readonly accumulate?: number
  /** Over what the loss is a mean: labels, or samples. @default 'token' */
  readonly lossPer?: LossPer
  /** Loss on held-out samples. The checkpoint with the lowest is kept beside the newest. */
  readonly evaluation?: EvaluationOptions
  /** Keeps what a frozen vision tower gives, so that pictures seen before do not go through it again. */
  readonly visionCache?: VisionCache
  readonly checkpoint?: CheckpointOptions
  /** Continue from the newest checkpoint in `checkpoint.dir` if there is one, or from the checkpoint at this path. */
  readonly resume?: boolean | string
  /** Saves and returns when it fires. */
  readonly signal?: AbortSignal
  /** Called after every step, awaited. */
  readonly onStep?: (metrics: StepMetrics) => void | Promise<void>
  /** Called after every evaluation, awaited. */
  readonly onEvaluation?: (metrics: EvaluationMetrics) => void | Promise<void>
}

/** How a run ended. */
export interface TrainResult {
  readonly reason: 'finished' | 'data-ended' | 'aborted' | 'early-stopped'
  /** Updates done in total. */
  readonly step: number
  /** Path of the last checkpoint, if any was written or resumed from. */
  readonly checkpoint?: string
  /** Of an evaluated run: the update after which the held-out loss was lowest, and that loss. */
  readonly best?: { readonly step: number; readonly loss: number }
  /** Loss of the last step; not a number when no step was run. */
  readonly loss: number
}

/** The next batch, or undefined when the data end or the signal fires while waiting. */
async function nextBatch(iterator: AsyncIterator<Batch>, signal: AbortSignal | undefined): Promise<Batch | undefined> {
  if (signal === undefined) {
    const result = await iterator.next()
    return result.done === true ? undefined : result.value
  }
  if (signal.aborted) return undefined
  let stop: (() => void) | undefined
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined)
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    const result = await Promise.race([iterator.next(), aborted])
    return result === undefined || result.done === true ? undefined : result.value
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop)
  }
}

function sameState(a: LoaderState, b: LoaderState): boolean {
  return a.v === b.v && a.plan === b.plan && a.epoch === b.epoch && a.step === b.step && a.seen === b.seen
}

/** @throws MIMICIT_BAD_VALUE */
function checkCounts(counts: Readonly<Record<string, number | undefined>>): void {
  for (const [name, value] of Object.entries(counts)) {
    if (value === undefined || value === Number.POSITIVE_INFINITY || (Number.isInteger(value) && value >= 1)) continue
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'a whole number of at least 1',
      where: `the option ${name} of train`,
      received: show(value),
    })
  }
}

/** What a checkpoint notes of the options, for the person who finds it. */
function noted({
  steps,
  lr,
  schedule,
  warmupSteps,
  accumulate,
  lossPer,
  optimizer,
}: TrainOptions): Readonly<Record<string, unknown>> {
  const { decays, ...plain } = optimizer ?? {}
  const named = typeof decays === 'string' ? { decays } : {}
  return { steps, lr, schedule, warmupSteps, accumulate, lossPer, ...plain, ...named }
}

/**
 * Trains a model.
 *
 * @returns How it ended. Metrics go to `onStep`.
 * @throws MIMICIT_NAN naming the batch whose loss or gradients are not finite, MIMICIT_RESUME_MISMATCH when the checkpoint
 * and the model, or the checkpoint and the batches, do not belong together, MIMICIT_BAD_CHECKPOINT, and whatever the
 * batches throw. A checkpoint that was written stays.
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { model, steps, checkpoint, signal, onStep, evaluation, accumulate = 1, lossPer = 'token' } = options
  checkCounts({ accumulate, every: evaluation?.every, patience: evaluation?.patience })
  const withVision = options.visionCache?.fill ?? (async (batch: Batch) => batch)
  const optimizer = new AdamW(options.optimizer)
  const rate = learningRate(steps, options)
  const from =
    typeof options.resume === 'string'
      ? options.resume
      : options.resume === true && checkpoint !== undefined
        ? await latestCheckpoint(checkpoint.dir)
        : undefined
  const saved = from === undefined ? undefined : await loadCheckpoint(from, model, optimizer)
  const planned = from === undefined ? undefined : await readPlanParts(from)
  const stream = typeof options.batches === 'function' ? await options.batches(saved?.loader, planned) : options.batches
  await stream.ready?.()
  let step = saved?.step ?? 0
  let lastSaved = from
  let savedStep = saved?.step ?? -1
  let position = stream.state()
  let loss = Number.NaN
  let evaluated = saved?.evaluation
  const save = async () => {
    if (checkpoint === undefined || savedStep === step) return
    const state: TrainState = {
      v: 1,
      step,
      loader: position,
      trainable: model.trainable,
      config: model.config,
      ...(evaluated !== undefined && { evaluation: evaluated }),
      options: noted(options),
    }
    lastSaved = await saveCheckpoint(checkpoint.dir, model, optimizer, state, {
      keep: checkpoint.keep ?? 3,
      best: evaluated?.bestStep,
      planParts: stream.planParts,
    })
    savedStep = step
  }
  /** Evaluates where one is due, and keeps what has become best. */
  const evaluate = async () => {
    if (evaluation === undefined || step === 0 || evaluated?.lastStep === step) return
    if (step % evaluation.every !== 0 && step !== steps) return
    const began = performance.now()
    const evalLoss = await evaluationLoss(model, await evaluation.batches(), { per: lossPer, withVision, signal })
    if (evalLoss === undefined) return
    evaluated = afterEvaluation(evaluated, step, evalLoss)
    await options.onEvaluation?.({ step, evalLoss, evalMs: performance.now() - began })
    if (evaluated.bestStep === step) await save()
  }
  const hasStopped = () => (evaluated?.since ?? 0) >= (evaluation?.patience ?? Number.POSITIVE_INFINITY)
  try {
    if (saved !== undefined && !sameState(position, saved.loader))
      throw new MimicitError('MIMICIT_RESUME_MISMATCH', {
        expected: `batches from ${show(saved.loader, 200)} on`,
        where: from ?? 'the checkpoint',
        received: show(position, 200),
        hint: 'Give `batches` as a function that opens the loader at the state it is called with.',
      })
    const iterator = stream[Symbol.asyncIterator]()
    // A run that was stopped in the middle of an evaluation does it now.
    await evaluate()
    let reason: TrainResult['reason'] = 'finished'
    while (step < steps) {
      if (hasStopped()) {
        reason = 'early-stopped'
        break
      }
      const sum = new GradientSum(model, step + 1)
      let epoch = 0
      let dataWaitMs = 0
      let computeMs = 0
      const lr = rate(step)
      let numbers: Omit<MeanGradients, 'gradients'>
      try {
        while (sum.batches < accumulate) {
          const asked = performance.now()
          const batch = await nextBatch(iterator, signal)
          dataWaitMs += performance.now() - asked
          if (batch === undefined) break
          const began = performance.now()
          epoch = batch.epoch
          await sum.add(await withVision(batch), lossPer)
          batch.release?.()
          computeMs += performance.now() - began
        }
        // An update that was to be made of more batches is made of what there was, unless it was stopped: then it is made
        // anew, whole, after a resume.
        if (signal?.aborted === true && sum.batches < accumulate) {
          reason = 'aborted'
          break
        }
        if (sum.batches === 0) {
          reason = 'data-ended'
          break
        }
        const at = stream.state()
        const began = performance.now()
        const { gradients, ...rest } = await sum.mean()
        await optimizer.update(model, gradients, rest.gradNorm, lr)
        numbers = rest
        position = at
        computeMs += performance.now() - began
      } finally {
        sum.dispose()
      }
      step++
      loss = numbers.loss
      await onStep?.({ step, epoch, lr, ...numbers, dataWaitMs, stepMs: computeMs })
      await evaluate()
      if (step % (checkpoint?.every ?? 500) === 0) await save()
      await setImmediate()
    }
    await save()
    return {
      reason,
      step,
      loss,
      ...(lastSaved !== undefined && { checkpoint: lastSaved }),
      ...(evaluated !== undefined && { best: { step: evaluated.bestStep, loss: evaluated.bestLoss } }),
    }
  } finally {
    optimizer.dispose()
    await stream.close()
  }
}
