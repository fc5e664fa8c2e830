// What a training run consists of, as `run.json` in its directory holds it: every default is filled in, so that a run is
// the same whatever the defaults become.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { MimicitError } from '../base/errors.js'
import { isRecord, parseOptions } from '../base/options.js'
import type { LoaderOptions } from '../loader/options.js'
import { type PresetName, presets } from '../otter/presets.js'
import type { LossPer } from '../otter/supervised.js'
import { trainableChoices } from '../otter/trainable.js'
import { type DecayRuleName, decayRules } from './decay.js'
import { type ScheduleName, schedules } from './schedule.js'

const natural = z.int().min(0)

/** Options of the loader as a file holds them: a function of one's own cannot be in it, so its contexts are stored first. */
type StoredLoaderOptions = Omit<LoaderOptions, 'resume' | 'signal' | 'worker' | 'context'> & {
  readonly context?: string
}

/** What `run.json` has to be. */
export const settingsSchema = z.strictObject({
  v: z.literal(1),
  /** Directory of the data set. */
  dataset: z.string().min(1),
  model: z.enum(Object.keys(presets) as [PresetName, ...PresetName[]]),
  /** The configuration of another model, in place of that preset, under the names that published models use. */
  modelConfig: z.record(z.string(), z.unknown()).optional(),
  /** Weights to start from: files, directories or checkpoints, put together in this order; what none of them gives is random. */
  weights: z.array(z.string().min(1)).min(1).optional(),
  /** What learns: presets start from random weights, so everything has to. */
  trainable: z.enum(trainableChoices),
  /** Seed of the initial weights. */
  seed: natural,
  /** Updates in total. */
  steps: z.int().min(1),
  /** Highest learning rate. */
  lr: z.number().positive(),
  schedule: z.enum(Object.keys(schedules) as [ScheduleName, ...ScheduleName[]]),
  /** Steps of linear warm-up. */
  warmupSteps: natural,
  weightDecay: z.number().min(0),
  /** Which parameters decay. */
  decay: z.enum(Object.keys(decayRules) as [DecayRuleName, ...DecayRuleName[]]).default('otter'),
  /** Memory of AdamW's second moment. */
  beta2: z.number().min(0).lt(1),
  /** Batches that make one update. */
  accumulate: z.int().min(1).default(1),
  /** Over what the loss is a mean. */
  lossPer: z.enum(['token', 'sample'] as const satisfies readonly LossPer[]).default('token'),
  /** Loss on a held-out split while training. */
  evaluation: z
    .strictObject({
      split: z.enum(['validation', 'test', 'train']).default('validation'),
      /** Updates between two evaluations. */
      every: z.int().min(1),
      /** Samples of the split at most. */
      samples: z.int().min(1).default(1000),
      /** Evaluations without a better loss after which training ends. */
      patience: z.int().min(1).optional(),
    })
    .optional(),
  /** Steps between two checkpoints. */
  checkpointEvery: z.int().min(1),
  /** Checkpoints kept. */
  keep: z.int().min(1),
  /** How batches are made. */
  loader: z.custom<StoredLoaderOptions>(
    (value) => typeof value === 'object' && value !== null && typeof (value as LoaderOptions).context !== 'function',
    'options of loadMimicIT, with an in-context function by name',
  ),
})

/** What a run consists of, as `run.json` holds it. */
export type RunSettings = Readonly<z.infer<typeof settingsSchema>>

/** The file of a run's settings. */
export const RUN = 'run.json'

/**
 * Settings of a run with every default filled in.
 * @throws MimicitError MIMICIT_UNKNOWN_OPTION, MIMICIT_BAD_VALUE
 */
export function runSettings(
  options: Pick<RunSettings, 'dataset' | 'steps'> & Partial<Omit<RunSettings, 'v'>>,
): RunSettings {
  return parseOptions('runSettings', settingsSchema, {
    v: 1,
    model: 'tiny',
    // From random weights everything has to learn; weights that are there are what the published choice is for.
    trainable: options.weights === undefined ? 'all' : 'published',
    seed: 0,
    lr: 1e-3,
    schedule: 'cosine',
    warmupSteps: Math.max(0, Math.min(100, Math.floor(options.steps / 10))),
    weightDecay: 0.1,
    beta2: 0.999,
    checkpointEvery: 500,
    keep: 2,
    loader: {},
    ...isRecord('runSettings', options),
    ...heldOut(options),
  })
}

/** What is evaluated on is not trained on, unless somebody wants just that. */
function heldOut({ evaluation, loader }: Partial<RunSettings>): Partial<RunSettings> {
  if (evaluation === undefined || loader?.split !== undefined) return {}
  return { loader: { ...loader, split: 'train' } }
}

/** @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_BAD_CHECKPOINT */
export async function readRunSettings(dir: string): Promise<RunSettings> {
  const path = join(dir, RUN)
  const text = await readText(path)
  if (text === undefined) {
    throw new MimicitError('MIMICIT_NOT_FOUND', {
      expected: `a run (a directory with ${RUN})`,
      where: dir,
      received: 'none',
      hint: 'Make one with `mimicit train`.',
    })
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw badRun(path, (error as Error).message, error)
  }
  const result = settingsSchema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw badRun(path, `${issue?.message ?? 'another value'} at ${issue?.path.map(String).join('.') ?? ''}`)
}

const badRun = (path: string, received: string, cause?: unknown) =>
  new MimicitError('MIMICIT_BAD_CHECKPOINT', {
    expected: 'the settings of a run (version 1)',
    where: path,
    received,
    hint: 'Start a new run in another directory.',
    cause,
  })

/** The text of a file, undefined if there is none. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
