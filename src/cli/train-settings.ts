// The flags of `mimicit train`, and a settings file, into the settings of a run.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parse } from 'yaml'
import { MimicitError, show } from '../base/errors.js'
import { isRecord } from '../base/options.js'
import { asIoError } from '../io/directory.js'
import type { LoaderOptions } from '../loader/options.js'
import type { ContextOrder } from '../loader/plan/choose-contexts.js'
import type { PresetName } from '../otter/presets.js'
import type { LossPer } from '../otter/supervised.js'
import type { Trainable } from '../otter/trainable.js'
import type { DecayRuleName } from '../train/decay.js'
import { type RunSettings, runSettings } from '../train/run-settings.js'
import type { ScheduleName } from '../train/schedule.js'
import type { Split } from '../tuple/tuple.js'
import type { CacheFlags } from './far.js'

/** Flags of `mimicit train` that say what a run consists of. */
export interface TrainFlags extends CacheFlags {
  readonly config?: string
  readonly modelConfig?: string
  readonly weights?: readonly string[]
  readonly model: PresetName
  readonly trainable?: Trainable
  readonly steps: number
  readonly batchSize: number
  readonly lr: number
  readonly schedule: ScheduleName
  readonly warmup?: number
  readonly weightDecay: number
  readonly decay: DecayRuleName
  readonly accumulate: number
  readonly lossPer: LossPer
  readonly evalEvery?: number
  readonly evalSplit: Split
  readonly evalSamples: number
  readonly patience?: number
  readonly context?: string
  readonly shots: number
  readonly contextPool?: number
  readonly contextOrder?: ContextOrder
  readonly template: string
  readonly taskDescriptions?: readonly string[]
  readonly labels: string
  readonly tokenizer: string
  readonly maxTokens: number
  readonly pack?: true
  readonly tokensPerBatch?: number
  readonly onBadSample: 'error' | 'substitute'
  readonly seed: number
  readonly checkpointEvery: number
}

/** Settings of a run under their names, by the flag that says them. */
const OF_RUN = {
  model: 'model',
  trainable: 'trainable',
  steps: 'steps',
  seed: 'seed',
  lr: 'lr',
  schedule: 'schedule',
  warmup: 'warmupSteps',
  weightDecay: 'weightDecay',
  decay: 'decay',
  checkpointEvery: 'checkpointEvery',
  accumulate: 'accumulate',
  lossPer: 'lossPer',
  weights: 'weights',
} as const satisfies Partial<Record<keyof TrainFlags, keyof RunSettings>>

/** Flags that are options of the loader, under the same names. */
const OF_LOADER = [
  ...['batchSize', 'shots', 'template', 'labels', 'tokenizer', 'maxTokens', 'seed', 'context', 'contextPool'],
  ...['contextOrder', 'pack', 'tokensPerBatch', 'onBadSample'],
] as const

/**
 * The settings that flags and their settings file make: what is given on the command line, else what the file says, else the
 * defaults of the flags.
 *
 * @param isGiven whether a flag stands on the command line
 * @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_BAD_VALUE for a file that is not one of settings, and as `runSettings`
 */
export async function trainSettings(
  dataset: string,
  flags: TrainFlags,
  isGiven: (flag: string) => boolean,
): Promise<RunSettings> {
  const file = flags.config === undefined ? {} : await readObject(flags.config, 'the settings of a run')
  const { loader: fileLoader, ...fileSettings } = file
  const all = flags as unknown as Readonly<Record<string, unknown>>
  const chosen = (flag: string, inFile: Readonly<Record<string, unknown>>, name: string) =>
    all[flag] !== undefined && (isGiven(flag) || !(name in inFile))
  const own = Object.entries(OF_RUN)
    .filter(([flag, name]) => chosen(flag, fileSettings, name))
    .map(([flag, name]) => [name, all[flag]])
  const ofLoader = isRecord('the loader of the settings', fileLoader ?? {}) as Record<string, unknown>
  const loader = OF_LOADER.filter((flag) => chosen(flag, ofLoader, flag)).map((flag) => [flag, all[flag]])
  const { cache, cacheBytes, taskDescriptions } = flags
  return runSettings({
    ...fileSettings,
    dataset,
    ...Object.fromEntries(own),
    ...(flags.modelConfig !== undefined && { modelConfig: await readObject(flags.modelConfig, 'the model') }),
    ...(flags.evalEvery !== undefined && { evaluation: evaluationOf(flags, flags.evalEvery) }),
    loader: {
      ...ofLoader,
      ...Object.fromEntries(loader),
      ...(taskDescriptions !== undefined && { taskDescriptions: descriptionsOf(taskDescriptions) }),
      ...(cache !== undefined && { cacheDir: resolve(cache), cacheBytes }),
    },
  } as Parameters<typeof runSettings>[0])
}

/** A name of the loader's, or texts of one's own. */
function descriptionsOf(given: readonly string[]): LoaderOptions['taskDescriptions'] & {} {
  const [only = ''] = given
  return given.length === 1 && (only === 'none' || only === 'manifest') ? only : given
}

function evaluationOf({ evalSplit, evalSamples, patience }: TrainFlags, every: number) {
  return { every, split: evalSplit, samples: evalSamples, ...(patience !== undefined && { patience }) }
}

/** A YAML or JSON file that holds an object. */
async function readObject(path: string, what: string): Promise<Record<string, unknown>> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw asIoError(error, path)
  }
  const bad = (received: string, cause?: unknown) =>
    new MimicitError('MIMICIT_BAD_VALUE', { expected: `${what} as YAML or JSON`, where: path, received, cause })
  let value: unknown
  try {
    value = parse(text)
  } catch (error) {
    throw bad((error as Error).message.split('\n')[0] ?? '', error)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(show(value))
  return value as Record<string, unknown>
}
