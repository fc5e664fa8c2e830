// The training loop: batches in, updates of the model out, with checkpoints from which a run continues as if it had never
// stopped. It gives way to the event loop after every step, so that a loader in the same process can go on reading.
import { setImmediate } from 'node:timers/promises'
import { MimicitError, show } from '../base/errors.js'
import type { Batch, BatchStream, LoaderState } from '../loader/batch.js'
import type { Otter } from '../otter/model.js'
import { AdamW, type AdamWOptions, globalNorm, readGradients } from './adamw.js'
import { latestCheckpoint, loadCheckpoint, readPlanParts, saveCheckpoint, type TrainState } from './checkpoint.js'
import type { StepMetrics } from './metrics.js'
import { learningRate, type ScheduleOptions } from './schedule.js'

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
  readonly checkpoint?: CheckpointOptions
  /** Continue from the newest checkpoint in `checkpoint.dir` if there is one, or from the checkpoint at this path. */
  readonly resume?: boolean | string
  /** Saves and returns when it fires. */
  readonly signal?: AbortSignal
  /** Called after every step, awaited. */
  readonly onStep?: (metrics: StepMetrics) => void | Promise<void>
}

/** How a run ended. */
export interface TrainResult {
  readonly reason: 'finished' | 'data-ended' | 'aborted'
  /** Updates done in total. */
  readonly step: number
  /** Path of the last checkpoint, if any was written or resumed from. */
  readonly checkpoint?: string
  /** Loss of the last step; not a number when no step was run. */
  readonly loss: number
}

function notANumber(what: string, step: number, batch: Batch, value: number): MimicitError {
  return new MimicitError('MIMICIT_NAN', {
    expected: `a finite ${what}`,
    where: `step ${step}, samples ${batch.ids.join(', ')}`,
    received: show(String(value)),
    hint: 'The update was not made and the last checkpoint is intact. Lower the learning rate, or look at these samples.',
  })
}

/** One update. Nothing of the model or the optimiser changes when the loss or a gradient is not finite. */
async function oneStep(
  model: Otter,
  optimizer: AdamW,
  batch: Batch,
  step: number,
  lr: number,
): Promise<Pick<StepMetrics, 'loss' | 'gradNorm' | 'tokens'>> {
  const result = model.lossAndGradients(batch)
  const loss = (await result.loss.data())[0] ?? Number.NaN
  result.loss.dispose()
  const gradients = await readGradients(result.gradients)
  if (!Number.isFinite(loss)) throw notANumber('loss', step, batch, loss)
  const gradNorm = globalNorm(gradients)
  if (!Number.isFinite(gradNorm)) throw notANumber('norm of the gradients', step, batch, gradNorm)
  await optimizer.update(model, gradients, gradNorm, lr)
  return { loss, gradNorm, tokens: result.tokens }
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

/** What a checkpoint notes of the options, for the person who finds it. */
function noted({ steps, lr, schedule, warmupSteps, optimizer }: TrainOptions): Readonly<Record<string, unknown>> {
  const { decays: _, ...plain } = optimizer ?? {}
  return { steps, lr, schedule, warmupSteps, ...plain }
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
  const { model, steps, checkpoint, signal, onStep } = options
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
  const save = async () => {
    if (checkpoint === undefined || savedStep === step) return
    const state: TrainState = {
      v: 1,
      step,
      loader: position,
      trainable: model.trainable,
      config: model.config,
      options: noted(options),
    }
    lastSaved = await saveCheckpoint(checkpoint.dir, model, optimizer, state, {
      keep: checkpoint.keep ?? 3,
      planParts: stream.planParts,
    })
    savedStep = step
  }
  try {
    if (saved !== undefined && !sameState(position, saved.loader))
      throw new MimicitError('MIMICIT_RESUME_MISMATCH', {
        expected: `batches from ${show(saved.loader, 200)} on`,
        where: from ?? 'the checkpoint',
        received: show(position, 200),
        hint: 'Give `batches` as a function that opens the loader at the state it is called with.',
      })
    const iterator = stream[Symbol.asyncIterator]()
    let reason: TrainResult['reason'] = 'finished'
    while (step < steps) {
      const asked = performance.now()
      const batch = await nextBatch(iterator, signal)
      if (batch === undefined) {
        reason = signal?.aborted === true ? 'aborted' : 'data-ended'
        break
      }
      position = stream.state()
      const started = performance.now()
      const lr = rate(step)
      const numbers = await oneStep(model, optimizer, batch, step + 1, lr)
      batch.release?.()
      step++
      loss = numbers.loss
      const metrics = {
        step,
        epoch: batch.epoch,
        lr,
        ...numbers,
        dataWaitMs: started - asked,
        stepMs: performance.now() - started,
      }
      await onStep?.(metrics)
      if (step % (checkpoint?.every ?? 500) === 0) await save()
      await setImmediate()
    }
    await save()
    return { reason, step, loss, ...(lastSaved === undefined ? {} : { checkpoint: lastSaved }) }
  } finally {
    await stream.close()
  }
}
