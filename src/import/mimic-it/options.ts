// Options of the MIMIC-IT import, parsed at the edge.
import { z } from 'zod'
import { MimicitError, show } from '../../base/errors.js'
import { isRecord, parseOptions } from '../../base/options.js'
import type { OnProgress } from '../../base/progress.js'
import { isLanguageTag } from '../../tuple/languages.js'

/** What to import, from where to where. */
export interface MimicItOptions {
  /** Instructions files (`XX_instructions.json`). */
  readonly instructions: readonly string[]
  /** Images files (`XX.json`, id -> base64). */
  readonly images?: readonly string[]
  /** Train files (`XX_train.json`): the training list with its contexts becomes the context table `train`. */
  readonly train?: readonly string[]
  /** The directory to make; it must not exist. */
  readonly out?: string
  /**
   * Instead of `out`: a data set to which the source is added as a new generation. Its pictures may be named by the new
   * pairs, its pairs by the new contexts; an id that it has is never given again.
   */
  readonly append?: string
  /** Names the subset of every pair. @default the task code of each id */
  readonly subset?: string
  /** BCP 47 tag of every pair. @default 'en' */
  readonly language?: string
  /** Ids that point nowhere. @default 'error' */
  readonly dangling?: 'error' | 'drop'
  /** Pictures that are none; 'drop' makes their ids point nowhere, which `dangling` decides. @default 'error' */
  readonly broken?: 'error' | 'drop'
  /** Ids that occur twice. @default 'error' */
  readonly duplicates?: 'error' | 'last'
  readonly onProgress?: OnProgress | undefined
  /** Stops the import; nothing is left on the disk. */
  readonly signal?: AbortSignal | undefined
}

const schema = z.strictObject({
  instructions: z.array(z.string()).min(1),
  images: z.array(z.string()).default([]),
  train: z.array(z.string()).default([]),
  out: z.string().min(1).optional(),
  append: z.string().min(1).optional(),
  subset: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_-]*$/)
    .optional(),
  language: z.string().default('en'),
  dangling: z.enum(['error', 'drop']).default('error'),
  broken: z.enum(['error', 'drop']).default('error'),
  duplicates: z.enum(['error', 'last']).default('error'),
})

/** @throws MimicitError MIMICIT_UNKNOWN_OPTION, MIMICIT_BAD_VALUE */
export function parseMimicItOptions(given: MimicItOptions) {
  const { onProgress: _, signal: __, ...options } = isRecord('importMimicIt', given)
  const { subset, out, append, ...settings } = parseOptions('importMimicIt', schema, options)
  const target = out ?? append
  if (target === undefined || (out !== undefined && append !== undefined)) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'either out (a new data set) or append (one that is there)',
      where: 'importMimicIt',
      received: target === undefined ? 'neither' : 'both',
    })
  }
  if (!isLanguageTag(settings.language)) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'a BCP 47 language tag such as en or zh-Hant',
      where: 'option language of importMimicIt',
      received: show(settings.language),
    })
  }
  return { ...settings, subset, target, appends: append !== undefined }
}
