// Checkpoints: a directory a step, complete or not there at all. Everything is written under another name, flushed to the
// disk and then renamed, because a crash in the middle of a save must not cost the checkpoint before it.
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isMimicitError, MimicitError, show } from '../base/errors.js'
import type { LoaderState } from '../loader/batch.js'
import type { OtterConfig } from '../otter/config.js'
import type { Otter } from '../otter/model.js'
import type { Trainable } from '../otter/trainable.js'
import { laterParameters, loadWeights } from '../otter/weights/load.js'
import {
  laterTensors,
  readSafeTensorsFile,
  type StateDict,
  writeSafeTensorsFile,
} from '../otter/weights/safetensors.js'
import type { AdamW } from './adamw.js'
import type { EvaluationState } from './evaluation.js'

/** What `state.json` holds. */
export interface TrainState {
  readonly v: 1
  /** Updates done. */
  readonly step: number
  /** Where the loader stands: its next batch is that of the next step. */
  readonly loader: LoaderState
  /** Which parameters are in `model.safetensors`: those that were trained. */
  readonly trainable: Trainable
  readonly config: OtterConfig
  /** What evaluations have shown, where there were any. */
  readonly evaluation?: EvaluationState
  /** Options of the run that are worth knowing later; not read back. */
  readonly options: Readonly<Record<string, unknown>>
}

const nameOf = (step: number) => `step-${String(step).padStart(6, '0')}`
const PLAN = 'plan.json'
const pattern = /^step-(\d{6,})$/

function bad(where: string, expected: string, received: string, cause?: unknown): MimicitError {
  return new MimicitError('MIMICIT_BAD_CHECKPOINT', {
    expected,
    where,
    received,
    hint: 'Resume from an earlier checkpoint.',
    cause,
  })
}

async function writeFlushed(path: string, data: Uint8Array | string): Promise<void> {
  const file = await open(path, 'w')
  try {
    await file.writeFile(data)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function flushDirectory(path: string): Promise<void> {
  // Windows cannot open a directory; there the rename itself has to do.
  if (process.platform === 'win32') return
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Steps of the complete checkpoints in a directory, ascending; empty when there is no such directory. */
export async function checkpointSteps(dir: string): Promise<number[]> {
  try {
    const names = await readdir(dir)
    return names
      .flatMap((name) => pattern.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** The path of the newest checkpoint in a directory, or undefined. */
export async function latestCheckpoint(dir: string): Promise<string | undefined> {
  const last = (await checkpointSteps(dir)).at(-1)
  return last === undefined ? undefined : join(dir, nameOf(last))
}

/** How a checkpoint is saved. */
export interface SaveOptions {
  /** How many of the newest are kept. @default all */
  readonly keep?: number
  /** A step whose checkpoint stays whatever its age. */
  readonly best?: number | undefined
  /** What the batches depend on, for `plan.json`. */
  readonly planParts?: Readonly<Record<string, unknown>> | undefined
}

/**
 * Writes a checkpoint and removes all but the newest and the best.
 *
 * @returns Its path.
 */
export async function saveCheckpoint(
  dir: string,
  model: Otter,
  optimizer: AdamW,
  state: TrainState,
  { keep = Number.POSITIVE_INFINITY, best, planParts }: SaveOptions = {},
): Promise<string> {
  const path = join(dir, nameOf(state.step))
  const temporary = join(dir, `.${nameOf(state.step)}.${process.pid}.part`)
  await mkdir(dir, { recursive: true })
  await rm(temporary, { recursive: true, force: true })
  await mkdir(temporary)
  try {
    const weights = laterParameters(model, model.trainableNames)
    await writeSafeTensorsFile(join(temporary, 'model.safetensors'), weights, { format: 'pt' })
    await writeSafeTensorsFile(join(temporary, 'optimizer.safetensors'), laterTensors(optimizer.state()))
    await writeFlushed(join(temporary, 'state.json'), `${JSON.stringify(state, null, 2)}\n`)
    if (planParts !== undefined) {
      await writeFlushed(join(temporary, PLAN), `${JSON.stringify(planParts, null, 2)}\n`)
    }
    await flushDirectory(temporary)
    await rm(path, { recursive: true, force: true })
    await rename(temporary, path)
    await flushDirectory(dir)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw error
  }
  const old = (await checkpointSteps(dir)).filter((step) => step !== state.step && step !== best)
  const surplus = old.slice(0, Math.max(0, old.length + 1 - Math.max(1, keep)))
  for (const step of surplus) await rm(join(dir, nameOf(step)), { recursive: true, force: true })
  return path
}

async function readTensors(path: string): Promise<StateDict> {
  try {
    return (await readSafeTensorsFile(path)).tensors
  } catch (cause) {
    throw isMimicitError(cause) ? bad(path, cause.parts.expected, cause.parts.received, cause) : cause
  }
}

/**
 * Reads the state of a checkpoint.
 *
 * @throws MIMICIT_BAD_CHECKPOINT when it is missing or damaged.
 */
export async function readTrainState(path: string): Promise<TrainState> {
  const file = join(path, 'state.json')
  try {
    const state = JSON.parse(await readFile(file, 'utf8')) as Partial<TrainState> | null
    const loader = state?.loader
    if (state?.v === 1 && Number.isSafeInteger(state.step) && typeof loader?.plan === 'string')
      return state as TrainState
  } catch (cause) {
    throw bad(file, 'the state of a training run', String(cause), cause)
  }
  throw bad(file, 'the state of a training run (version 1)', 'another JSON value')
}

/** What the batches of a checkpoint depended on, or undefined if it does not say: nothing but a message hangs on it. */
export async function readPlanParts(path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const parts: unknown = JSON.parse(await readFile(join(path, PLAN), 'utf8'))
    return typeof parts === 'object' && parts !== null ? (parts as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/**
 * Reads the weights of a checkpoint: the parameters that were trained.
 *
 * @throws MIMICIT_BAD_CHECKPOINT when the file is missing or damaged.
 */
export function readCheckpointWeights(path: string): Promise<StateDict> {
  return readTensors(join(path, 'model.safetensors'))
}

/**
 * Puts a checkpoint into a model and its optimiser.
 *
 * @throws MIMICIT_BAD_CHECKPOINT when a file is missing or damaged, MIMICIT_RESUME_MISMATCH when it was made for another
 * configuration or another choice of trained parameters.
 */
export async function loadCheckpoint(path: string, model: Otter, optimizer: AdamW): Promise<TrainState> {
  const state = await readTrainState(path)
  for (const [name, ours, theirs] of [
    ['config', model.config, state.config],
    ['trainable', model.trainable, state.trainable],
  ] as const)
    if (JSON.stringify(ours) !== JSON.stringify(theirs))
      throw new MimicitError('MIMICIT_RESUME_MISMATCH', {
        expected: `the ${name} of the checkpoint, ${show(theirs)}`,
        where: path,
        received: show(ours),
        hint: 'Build the model as it was, or start a new run in another directory.',
      })
  const weights = await readCheckpointWeights(path)
  const moments = await readTensors(join(path, 'optimizer.safetensors'))
  optimizer.load(moments, new Map(model.trainableNames.map((name) => [name, model.parameters.get(name)?.size ?? 0])))
  loadWeights(model, weights, { require: 'trainable', where: join(path, 'model.safetensors') })
  return state
}
