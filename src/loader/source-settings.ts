// The settings of one source of a stream, once they are parsed (sources.ts): its own, and those of the loader for the rest.
import type { Manifest } from '../shards/manifest.js'
import type { LoaderSettings } from './options.js'
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

/** A parsed source. */
export interface SourceSettings extends Partial<Pick<LoaderSettings, keyof typeof OWN>> {
  readonly source: string
  readonly weight?: number | undefined
  readonly repeat?: number | undefined
  readonly samples?: number | undefined
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
