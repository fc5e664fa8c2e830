// A training run as a directory: `run.json` says what it is, checkpoints, metrics and the loss curve lie beside it. The
// same directory is what `--resume` continues and what `generate` answers with.
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { isMimicitError, MimicitError } from '../base/errors.js'
import { parseOptions } from '../base/options.js'
import { asIoError } from '../io/directory.js'
import { isLocal, publicLocation } from '../io/location.js'
import { type Loader, loadMimicIT } from '../loader/load-mimic-it.js'
import type { LoaderOptions } from '../loader/options.js'
import type { StreamFacts } from '../loader/prepare.js'
import type { LoaderStats } from '../loader/stats.js'
import { parseOtterConfig } from '../otter/config.js'
import { createOtter, type Otter } from '../otter/model.js'
import { presetConfig } from '../otter/presets.js'
import { checkRoom } from '../otter/room.js'
import { loadWeights } from '../otter/weights/load.js'
import { openOtter } from '../otter/weights/open-otter.js'
import { type BackendName, chooseBackend } from '../tensors/backend.js'
import { loadTokenizer } from '../text/load-tokenizer.js'
import { latestCheckpoint, readCheckpointWeights, readTrainState } from './checkpoint.js'
import { lossCurve } from './curve.js'
import { curvePage } from './curve-page.js'
import type { EvaluationOptions } from './evaluation.js'
import { type TrainResult, train } from './loop.js'
import { type EvaluationMetrics, metricsWriter, readEvaluations, readMetrics, type StepMetrics } from './metrics.js'
import { RUN, type RunSettings, readRunSettings, readText, settingsSchema } from './run-settings.js'
import { openVisionCache } from './vision-cache.js'

/** How a run is carried out; none of it changes what it computes. */
export interface RunControl {
  /** @default 'auto' */
  readonly backend?: BackendName
  /** Directory that keeps what the frozen vision tower gives; several runs may share it. */
  readonly visionCache?: string
  readonly signal?: AbortSignal | undefined
  /** Hears every update, with the number of all of them. */
  readonly onStep?: (metrics: StepMetrics, steps: number) => void
  /** Hears every evaluation on the held-out split. */
  readonly onEvaluation?: (metrics: EvaluationMetrics) => void
  /** Called once the data and the model stand ready. */
  readonly onReady?: (facts: RunFacts) => void
}

/** What is known of a run before its first step. */
export interface RunFacts {
  readonly backend: string
  readonly parameters: number
  readonly trainedParameters: number
  /** Undefined where batches are filled by lengths. */
  readonly stepsPerEpoch: number | undefined
  /** Where batches are filled by lengths: pairs, and those of them whose token counts are stored. */
  readonly lengths?: StreamFacts['lengths']
  /** Step it goes on from; 0 for a new run. */
  readonly from: number
}

/** What a run gave. */
export interface RunResult extends TrainResult {
  readonly dir: string
  readonly metrics: readonly StepMetrics[]
  readonly evaluations: readonly EvaluationMetrics[]
  /** Path of the loss curve as SVG. */
  readonly curve: string
  /** Path of the loss curve and its figures as one HTML file. */
  readonly page: string
  /** What the loader did and where its time went. */
  readonly loader: LoaderStats
}

/**
 * Starts a run in a new directory. Nothing is written before data and model stand ready.
 * @throws MimicitError MIMICIT_NOT_EMPTY if the directory holds anything, and whatever loading and training throw
 */
export async function startRun(dir: string, settings: RunSettings, control: RunControl = {}): Promise<RunResult> {
  const parsed = parseOptions('startRun', settingsSchema, settings)
  const held = await readdir(dir).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return []
    throw asIoError(error, dir)
  })
  if (held.length > 0) {
    throw new MimicitError('MIMICIT_NOT_EMPTY', {
      expected: 'an empty directory, or none',
      where: `the output ${dir}`,
      received: held.includes(RUN) ? 'one that holds a run' : `one that holds ${held[0]}`,
      hint: held.includes(RUN) ? 'Resume it, or choose another directory.' : 'Choose another directory.',
    })
  }
  const weights = parsed.weights?.map((location) => lastingLocation(location, 'the weights'))
  const dataset = lastingLocation(parsed.dataset, 'the data set')
  const placed = { ...parsed, dataset, ...(weights && { weights }) }
  return carryOut(dir, placed, control, async () => {
    await mkdir(dir, { recursive: true })
    await writeFile(join(dir, RUN), `${JSON.stringify(placed, null, 2)}\n`)
  })
}

/**
 * Continues the run of a directory from its newest checkpoint, or from its start if it has none.
 * @throws MimicitError MIMICIT_NOT_FOUND if there is no run
 */
export async function resumeRun(dir: string, control: RunControl = {}): Promise<RunResult> {
  return carryOut(dir, await readRunSettings(dir), control, async () => undefined)
}

/** A location as it may stand in a file and is found again from any directory. */
function lastingLocation(dataset: string, what: string): string {
  if (isLocal(dataset)) return dataset.startsWith('file:') ? dataset : resolve(dataset)
  if (publicLocation(dataset) === dataset) return dataset
  throw new MimicitError('MIMICIT_BAD_VALUE', {
    expected: 'a location without credentials, because the settings of a run are written to a file',
    where: `${what} of a run`,
    received: publicLocation(dataset),
    hint: 'Give credentials in the environment (HF_TOKEN, AWS_ACCESS_KEY_ID), or train from a local copy.',
  })
}

async function carryOut(
  dir: string,
  settings: RunSettings,
  control: RunControl,
  begin: () => Promise<void>,
): Promise<RunResult> {
  const backend = await chooseBackend(control.backend)
  const { model, loader } = await buildModel(settings, backend.tf, true)
  try {
    const saved = await latestCheckpoint(dir)
    const from = saved === undefined ? 0 : (await readTrainState(saved)).step
    const metricsPath = join(dir, 'metrics.jsonl')
    const evaluation = settings.evaluation && evaluationOf(settings, settings.evaluation, loader)
    let stream: Loader | undefined
    let writeMetrics: Awaited<ReturnType<typeof metricsWriter>> | undefined
    const result = await train({
      model,
      batches: async (state, resumePlan) => {
        const resume = state && { resume: state, ...(resumePlan && { resumePlan }) }
        stream = loadMimicIT(settings.dataset, { ...loader, worker: true, ...resume })
        const facts = await stream.ready()
        // A split that is not there is told now, not after the steps before the first evaluation.
        if (evaluation !== undefined) await tryOut(evaluation)
        await begin()
        writeMetrics = await metricsWriter(metricsPath, from)
        const sizes = [...model.parameters].map(([name, values]) => [name, values.size] as const)
        const trained = new Set(model.trainableNames)
        control.onReady?.({
          backend: backend.name,
          parameters: sizes.reduce((sum, [, size]) => sum + size, 0),
          trainedParameters: sizes.reduce((sum, [name, size]) => sum + (trained.has(name) ? size : 0), 0),
          stepsPerEpoch: facts.length,
          ...(facts.lengths && { lengths: facts.lengths }),
          from,
        })
        return stream
      },
      steps: settings.steps,
      lr: settings.lr,
      schedule: settings.schedule,
      warmupSteps: settings.warmupSteps,
      ...(control.visionCache !== undefined && { visionCache: await openVisionCache(control.visionCache, model) }),
      accumulate: settings.accumulate,
      lossPer: settings.lossPer,
      optimizer: { weightDecay: settings.weightDecay, beta2: settings.beta2, decays: settings.decay },
      ...(evaluation && { evaluation }),
      checkpoint: { dir, every: settings.checkpointEvery, keep: settings.keep },
      resume: true,
      ...(control.signal === undefined ? {} : { signal: control.signal }),
      onStep: async (metrics) => {
        await writeMetrics?.(metrics)
        control.onStep?.(metrics, settings.steps)
      },
      onEvaluation: async (metrics) => {
        await writeMetrics?.(metrics)
        control.onEvaluation?.(metrics)
      },
    })
    const metrics = await readMetrics(metricsPath)
    const evaluations = await readEvaluations(metricsPath)
    const curve = join(dir, 'loss.svg')
    const dots = evaluations.map(({ step, evalLoss }) => ({ step, loss: evalLoss }))
    await writeFile(curve, lossCurve(metrics, { heldOut: dots }))
    const page = join(dir, 'loss.html')
    await writeFile(page, curvePage({ title: `Training of ${basename(resolve(dir))}`, metrics, evaluations }))
    // The loop has opened it, whether or not any step was left to do.
    return { ...result, dir, metrics, evaluations, curve, page, loader: stream!.stats() }
  } catch (error) {
    await noteUnusable(dir, error)
    throw error
  } finally {
    model.dispose()
  }
}

/** The evaluations of a run: the same samples in the same order every time, and all of them once. */
function evaluationOf(
  settings: RunSettings,
  { split, every, samples, patience }: NonNullable<RunSettings['evaluation']>,
  loader: LoaderOptions,
): EvaluationOptions {
  const options = { ...loader, split, take: samples, epochs: 1, shuffle: 'none', flip: false, dropLast: false }
  return {
    batches: () => loadMimicIT(settings.dataset, { ...options, worker: true }),
    every,
    ...(patience !== undefined && { patience }),
  }
}

/** Opens the batches of an evaluation and closes them again. */
async function tryOut({ batches }: EvaluationOptions): Promise<void> {
  const stream = await batches()
  try {
    await stream.ready?.()
  } finally {
    await stream.close()
  }
}

/** Which samples made a loss that is no number, for the person who comes back to the run. */
async function noteUnusable(dir: string, error: unknown): Promise<void> {
  if (!isMimicitError(error) || error.code !== 'MIMICIT_NAN') return
  const { where, expected, received } = error.parts
  await writeFile(join(dir, 'not-a-number.json'), `${JSON.stringify({ expected, where, received }, null, 2)}\n`)
}

type Tf = Awaited<ReturnType<typeof chooseBackend>>['tf']

async function buildModel(settings: RunSettings, tf: Tf, training = false) {
  const { trainable, seed, loader, weights } = settings
  const tokenizer = await loadTokenizer(loader.tokenizer ?? 'bytes')
  const { modelConfig } = settings
  const config =
    modelConfig === undefined
      ? presetConfig(settings.model, tokenizer)
      : parseOtterConfig(modelConfig, tokenizer.special)
  if (training) checkRoom(tf, config, 'training', trainable)
  const options = { tf, config, seed, trainable }
  const model =
    weights === undefined
      ? createOtter(options)
      : (await openOtter({ ...options, weights: weights as string[], require: 'some' })).model
  const imageSize = config.vision_config.image_size
  return { model, tokenizer, loader: { epochs: Number.POSITIVE_INFINITY, ...loader, imageSize } }
}

/** A trained model, ready to be asked. */
export interface LoadedRun {
  readonly settings: RunSettings
  readonly model: Otter
  /** Updates it has seen. */
  readonly step: number
  readonly checkpoint: string
}

/**
 * Loads the model of a run.
 * @param path directory of the run (its newest checkpoint is taken) or of one of its checkpoints
 * @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_BAD_CHECKPOINT
 */
export async function loadRun(path: string, backend: BackendName = 'auto'): Promise<LoadedRun> {
  // A run may have any name; only a directory without settings of its own is looked at as a checkpoint of one.
  const isCheckpoint = (await readText(join(path, RUN))) === undefined && basename(resolve(path)).startsWith('step-')
  const dir = isCheckpoint ? dirname(resolve(path)) : path
  const settings = await readRunSettings(dir)
  const checkpoint = isCheckpoint ? resolve(path) : await latestCheckpoint(dir)
  if (checkpoint === undefined) {
    throw new MimicitError('MIMICIT_NOT_FOUND', {
      expected: 'a checkpoint',
      where: dir,
      received: 'a run that has written none yet',
      hint: 'Continue it with `mimicit train --resume`.',
    })
  }
  const state = await readTrainState(checkpoint)
  const weights = await readCheckpointWeights(checkpoint)
  const { tf } = await chooseBackend(backend)
  const { model } = await buildModel(settings, tf)
  loadWeights(model, weights, { require: 'trainable', where: checkpoint })
  return { settings, model, step: state.step, checkpoint }
}
