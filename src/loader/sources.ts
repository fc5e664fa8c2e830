// What is streamed: one data set or several, each with its share and settings of its own, parsed at the edge.
import { z } from 'zod'
import { MimicitError, show } from '../base/errors.js'
import { parseOptions } from '../base/options.js'
import { type LoaderOptions, schema } from './options.js'
import { OWN, type SourceSettings } from './source-settings.js'

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
    return { ...Object.fromEntries(said), source: parsed.source } as SourceSettings
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
