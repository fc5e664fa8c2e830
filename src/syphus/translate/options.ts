// Options of `translateDataset`.
import { z } from 'zod'
import type { OnProgress } from '../../base/progress.js'
import type { StoreOptions } from '../../io/store.js'
import type { Responder } from '../../llm/chat.js'
import type { OnMeter } from '../../llm/meter.js'
import type { ModelOptions, OnJournalFound } from '../../llm/model-session.js'
import { type JudgingOptions, judgingFields } from '../filters/judging.js'
import type { Glossary } from './glossary.js'

/** What to translate, by whom, and where to. */
export interface TranslateOptions extends JudgingOptions {
  /** Directory to make; must not exist. */
  readonly out: string
  /** Languages to translate into, as BCP 47 tags. */
  readonly to: readonly string[]
  /** Language of the pairs that are translated; pairs in others are copied as they are. @default 'en' */
  readonly from?: string | undefined
  /** The model that translates, with its journal and its budget. Either this or a responder. */
  readonly model?: ModelOptions | undefined
  /** Whoever else answers; without a journal, so a kill loses what was answered. */
  readonly responder?: Responder | undefined
  /** How names and terms are translated. @default nothing is said of them */
  readonly glossary?: Glossary | undefined
  /** Pairs about the same visuals that are sent together at most. @default 8 */
  readonly pairsPerAsk?: number | undefined
  /** Share of the translations that is translated back and compared with its source, drawn by `seed`. @default 0 */
  readonly backTranslate?: number | undefined
  /** @default 0 */
  readonly seed?: number | undefined
  /** Whether what is made has the pairs that were there too. @default true */
  readonly withSource?: boolean | undefined
  readonly onMeter?: OnMeter | undefined
  /** Is told what earlier runs have left in the journal, before anything is asked. */
  readonly onFound?: OnJournalFound | undefined
  readonly onProgress?: OnProgress | undefined
  /** Stops; what was answered is in the journal. */
  readonly signal?: AbortSignal | undefined
  /** How a data set far away is read. */
  readonly store?: StoreOptions | undefined
}

/** Parsed by `translateDataset`. */
export const translateSchema = z.strictObject({
  out: z.string().min(1),
  to: z.array(z.string().min(1)).min(1),
  from: z.string().min(1).default('en'),
  pairsPerAsk: z.int().min(1).max(64).default(8),
  backTranslate: z.number().min(0).max(1).default(0),
  seed: z.int().default(0),
  withSource: z.boolean().default(true),
  ...judgingFields,
})

/** Parsed options. */
export type TranslateSettings = z.output<typeof translateSchema>
