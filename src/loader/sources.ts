// What is streamed: one data set or several, each with its share and settings of its own, parsed at the edge.
import { z } from 'zod'
import { MimicitError, show } from '../base/errors.js'
import { parseOptions } from '../base/options.js'
import type { Manifest } from '../shards/manifest.js'
import { type LoaderOptions, type LoaderSettings, schema } from './options.js'
import type { PairRange } from './query-rows.js'

/** Options that a source may have of its own. */
export const OWN = {
  shuffle: true,
  context: true,
  shots: true,
  contextPool: true,
  contextOrder: true,
  queries: true,
  split: true,
  subsets: true,
  languages: true,
  only: true,
  skip: true,
  take: true,
  template: true,
  taskDescriptions: true,
  cleaning: true,
  mediaLayout: true,
  sharedVisuals: true,
  maxFrames: true,
  frames: true,
  framesPerSecond: true,
  transform: true,
  flip: true,
} as const

/** One source of a mixture; what it does not say is as the options of the loader say. */
export interface LoaderSource extends Pick<LoaderOptions, keyof typeof OWN> {
  /** A directory, or a place far away. */
  readonly source: string
  /** Its part of the stream, in any unit. Either all sources have one, or none. */
  readonly weight?: number
  /** How often an epoch goes through it; 0.5 = through half of it, the other half in the next. @default 1 */
  readonly repeat?: number
  /** Its samples in an epoch, instead of `repeat`. */
  readonly samples?: number
}

const positive = z.number().positive().finite()

const sourceSchema = z.strictObject({
  source: z.string().min(1),
  weight: positive.optional(),
  repeat: positive.optional(),
  samples: z.int().min(1).optional(),
  ...schema.pick(OWN).partial().shape,
})

/** A parsed source. */
export type SourceSettings = z.output<typeof sourceSchema>

/** @throws MimicitError MIMICIT_BAD_VALUE, MIMICIT_UNKNOWN_OPTION */
export function parseSources(given: string | readonly LoaderSource[]): readonly SourceSettings[] {
  const bad = (expected: string, received: string) =>
    new MimicitError('MIMICIT_BAD_VALUE', { expected, where: 'the sources of loadMimicIT', received })
  if (typeof given === 'string' && given !== '') return [{ source: given }]
  if (!Array.isArray(given) || given.length === 0) {
    throw bad('the location of a data set, or a list of sources', show(given))
  }
  // Defaults are the loader's own: a source only says what differs.
  const sources = (given as readonly LoaderSource[]).map((one, i) => {
    const parsed = parseOptions(`source ${i} of loadMimicIT`, sourceSchema, one)
    const said = Object.entries(parsed).filter(([name]) => Object.hasOwn(one, name))
    return Object.fromEntries(said) as SourceSettings
  })
  const weighed = sources.filter(({ weight }) => weight !== undefined)
  if (
    weighed.length > 0 &&
    (weighed.length < sources.length || sources.some(({ repeat, samples }) => repeat ?? samples))
  ) {
    throw bad('a weight for every source, or none but repeat or samples', show(given, 200))
  }
  if (sources.some(({ repeat, samples }) => repeat !== undefined && samples !== undefined)) {
    throw bad('repeat or samples for a source, not both', show(given, 200))
  }
  return sources
}

/** The settings of one source: its own, and those of the loader for the rest. */
export function settingsFor(settings: LoaderSettings, own: SourceSettings): LoaderSettings {
  const { source: _, weight, repeat, samples, ...others } = own
  const said = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined))
  return { ...settings, ...said }
}

/** A source with its part of the pairs of its data set. */
export interface WeighedSource {
  readonly own: SourceSettings
  /** Undefined: all of them. */
  readonly range?: PairRange
}

/** A single data set as the parts that its manifest says it mixes; any other source as it is. */
export function partsOfManifest(
  { mixture }: Manifest,
  own: SourceSettings,
  settings: LoaderSettings,
  sources: number,
): readonly WeighedSource[] {
  const alone = sources === 1 && Object.keys(own).length === 1
  if (mixture === undefined || settings.mixture === 'none' || !alone) return [{ own }]
  return mixture
    .filter(({ pairs }) => pairs.from < pairs.to)
    .map(({ pairs, numSamples, taskDescriptions }) => ({
      own: {
        ...own,
        ...(numSamples === null ? {} : { samples: numSamples }),
        ...(settings.taskDescriptions === 'manifest' ? { taskDescriptions: described(taskDescriptions) } : {}),
      },
      range: pairs,
    }))
}

const described = (texts: readonly string[]) => (texts.length === 0 ? 'none' : [...texts])
