// Options that every import has, parsed at the edge.
import { z } from 'zod'
import { MimicitError, show } from '../base/errors.js'
import { isRecord, parseOptions } from '../base/options.js'
import type { OnProgress } from '../base/progress.js'
import { isLanguageTag } from '../tuple/languages.js'
import { MAX_PIXELS } from '../vision/probe.js'
import {
  type DuplicatePolicy,
  duplicatePolicies,
  type Policies,
  type VisualPolicy,
  visualPolicies,
} from './policies.js'

/** Where an import goes and what it does about faults. */
export interface ImportOptions {
  /** The directory to make; it must not exist. */
  readonly out?: string
  /**
   * Instead of `out`: a data set to which the source is added as a new generation. Its pictures may be named by the new
   * pairs, its pairs by the new contexts; what has an id that it gave to something else gets the name of its source in front.
   * A source that is there already is refused (where the import takes a name for it: unless it is given one).
   */
  readonly append?: string
  /** Names the subset of every pair. @default what the source says, or the task code of each id */
  readonly subset?: string
  /** BCP 47 tag of pairs whose source names none. @default 'en' */
  readonly language?: string
  /** Ids that point nowhere: stop, leave out the pair, or leave out the visual. @default 'error' */
  readonly dangling?: VisualPolicy
  /**
   * Pictures that are none: stop, leave out the pairs that name them, or leave out the visual; and records that cannot be
   * read, which both of the others leave out. @default 'error'
   */
  readonly broken?: VisualPolicy
  /**
   * Ids that name different things in one source: stop, keep all (those before the last as `<id>#1`, `<id>#2` ...), or keep
   * the last. Of a key that a training list has twice the last counts. @default 'error'
   */
  readonly duplicates?: DuplicatePolicy
  /**
   * Encodes pictures again whose longer side has more pixels than this, once and for all: JPEG stays JPEG, PNG stays PNG,
   * WebP stays WebP. @default pictures are stored byte for byte
   */
  readonly maxSide?: number | undefined
  /**
   * Pictures with more pixels are broken ones. More than the default needs a `maxSide` of at most 10,000, since whatever
   * reads the data set later decodes no more than the default. @default 100,000,000
   */
  readonly maxPixels?: number | undefined
  readonly onProgress?: OnProgress | undefined
  /** Stops the import; nothing but the report of its issues is left on the disk. */
  readonly signal?: AbortSignal | undefined
}

/** Such options, checked. */
export interface ImportSettings extends Policies {
  readonly target: string
  readonly appends: boolean
  /** Whether the sources were given a name. */
  readonly isNamed: boolean
  readonly subset: string | undefined
  readonly language: string
  readonly maxSide: number | undefined
  readonly maxPixels: number
  readonly onProgress: OnProgress | undefined
  readonly signal: AbortSignal | undefined
}

const visual = z.enum(visualPolicies).default('error')
const common = {
  out: z.string().min(1).optional(),
  append: z.string().min(1).optional(),
  subset: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_-]*$/)
    .optional(),
  language: z.string().default('en'),
  dangling: visual,
  broken: visual,
  duplicates: z.enum(duplicatePolicies).default('error'),
  maxSide: z.int().positive().max(65535).optional(),
  maxPixels: z.int().positive().max(2e9).default(MAX_PIXELS),
}

/**
 * Parses the options of an import.
 * @param what the function, for messages
 * @param inputs the options that say what is imported
 * @throws MimicitError MIMICIT_UNKNOWN_OPTION, MIMICIT_BAD_VALUE
 */
export function parseImportOptions<S extends z.ZodRawShape>(
  what: string,
  inputs: S,
  given: ImportOptions & object,
): { readonly settings: ImportSettings; readonly inputs: z.output<z.ZodObject<S>> } {
  const { onProgress, signal, ...options } = isRecord(what, given)
  const parsed = parseOptions(what, z.strictObject({ ...common, ...inputs }), options) as Record<string, unknown>
  const { out, append, subset, language, dangling, broken, duplicates, maxSide, maxPixels, ...rest } =
    parsed as z.output<z.ZodObject<typeof common>>
  const target = out ?? append
  if (target === undefined || (out !== undefined && append !== undefined)) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'either out (a new data set) or append (one that is there)',
      where: what,
      received: target === undefined ? 'neither' : 'both',
    })
  }
  if (!isLanguageTag(language)) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'a BCP 47 language tag such as en or zh-Hant',
      where: `option language of ${what}`,
      received: show(language),
    })
  }
  if (maxPixels > MAX_PIXELS && !(maxSide !== undefined && maxSide ** 2 <= MAX_PIXELS)) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: `maxSide of at most ${Math.sqrt(MAX_PIXELS)} beside maxPixels of more than ${MAX_PIXELS}`,
      where: what,
      received: `maxSide ${maxSide ?? 'not given'}, maxPixels ${maxPixels}`,
      hint: 'Pictures that large can be imported only if they are made smaller.',
    })
  }
  const appends = append !== undefined
  const settings = {
    target,
    appends,
    isNamed: false,
    subset,
    language,
    dangling,
    broken,
    duplicates,
    maxSide,
    maxPixels,
    onProgress,
    signal,
  }
  return { settings, inputs: rest as z.output<z.ZodObject<S>> }
}
