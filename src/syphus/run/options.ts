// Options of a run, parsed at the edge.
import { z } from 'zod'
import { parseOptions } from '../../base/options.js'
import type { OnProgress } from '../../base/progress.js'
import type { AnnotationSetName } from '../../import/annotations/index.js'
import type { Responder } from '../../llm/chat.js'
import type { OnMeter } from '../../llm/meter.js'
import type { ModelOptions, OnJournalFound } from '../../llm/model-session.js'
import { type JudgingOptions, judgingFields } from '../filters/judging.js'
import type { SyphusSubject } from '../request.js'
import { PROMPT_SETTINGS } from '../request.js'
import type { Task, TaskExample } from '../task.js'

/** What to do with an annotation whose pictures are not in the folder: leave it out before anybody is asked, make its pairs without pictures, or stop. */
export const missingPolicies = ['skip', 'keep', 'error'] as const
/** One of them. */
export type MissingPolicy = (typeof missingPolicies)[number]

/** What is made of what, by whom. */
export interface SyphusOptions extends JudgingOptions {
  /** Annotation files of one set, such as captions and boxes of the same pictures. */
  readonly annotations: readonly string[]
  /** @default the set that the task is made for */
  readonly set?: AnnotationSetName | undefined
  /** Its name, the path of a YAML, JavaScript or TypeScript file, or the task itself. */
  readonly task: string | Task
  /** The directory to make; it must not exist. */
  readonly out: string
  /** The folder of the pictures. @default pairs without pictures */
  readonly images?: string | undefined
  /** @default 'skip' */
  readonly missing?: MissingPolicy | undefined
  /** The model that answers, with its journal and its budget. @default rules, which need no model and cost nothing */
  readonly model?: ModelOptions | undefined
  /** Instead of a model: whoever answers, without a journal. */
  readonly responder?: Responder<SyphusSubject> | undefined
  /** Instead of the examples of the task. */
  readonly examples?: readonly TaskExample[] | undefined
  /** So many annotations, drawn by the seed. @default all */
  readonly sample?: number | undefined
  /** The first so many. @default all */
  readonly limit?: number | undefined
  /** Decides what is drawn and what rules ask. @default 0 */
  readonly seed?: number | undefined
  /** BCP 47 tag of what is made. @default 'en' */
  readonly language?: string | undefined
  /** Most tokens of a reply. @default 3200 */
  readonly replyTokens?: number | undefined
  /** @default 0.7 */
  readonly temperature?: number | undefined
  /** @default 0.95 */
  readonly topP?: number | undefined
  /**
   * Whether the moderation of the model's end point is asked about pairs that passed the filters, or which one; `auto` asks
   * it where there is one. @default 'auto' with a model, else false
   */
  readonly moderation?: boolean | string | undefined
  readonly signal?: AbortSignal | undefined
  readonly onMeter?: OnMeter | undefined
  /** Is told what earlier runs have left in the journal, before anything is asked. */
  readonly onFound?: OnJournalFound | undefined
  readonly onProgress?: OnProgress | undefined
}

const plain = z.strictObject({
  annotations: z.array(z.string().min(1)).min(1),
  set: z.string().optional(),
  out: z.string().min(1),
  images: z.string().min(1).optional(),
  missing: z.enum(missingPolicies).default('skip'),
  sample: z.int().positive().optional(),
  limit: z.int().positive().optional(),
  seed: z.int().nonnegative().default(0),
  language: z.string().default('en'),
  replyTokens: z.int().positive().default(PROMPT_SETTINGS.maxTokens),
  temperature: z.number().min(0).max(2).default(PROMPT_SETTINGS.temperature),
  ...judgingFields,
  moderation: z.union([z.boolean(), z.string().min(1)]).default('auto'),
  topP: z.number().gt(0).max(1).default(PROMPT_SETTINGS.topP),
})

/** Such options, checked. */
export type SyphusSettings = z.output<typeof plain>

/** Parses them. @throws MimicitError MIMICIT_UNKNOWN_OPTION, MIMICIT_BAD_VALUE */
export function parseSyphusOptions(options: SyphusOptions): SyphusSettings {
  const { task: _, model: _model, responder: _responder, examples: _examples, replacements: _rules, ...rest } = options
  const { signal: _signal, onMeter: _onMeter, onFound: _onFound, onProgress: _onProgress, ...given } = rest
  return parseOptions('runSyphus', plain, given)
}
