// Every filter by its name, in the order in which they are asked: what is cheap and certain first.
import { annotationLeak } from './annotation-leak.js'
import type { FilterKind } from './filter.js'
import { language } from './language.js'
import { markup } from './markup.js'
import { nearDuplicates } from './near-duplicates.js'
import { personalData } from './personal-data.js'
import { refusal } from './refusal.js'
import { taskRules } from './task-rules.js'
import { textLength } from './text-length.js'
import { ungroundedNouns } from './ungrounded-nouns.js'

/** A new filter is a file and a line here. */
export const filters = {
  'task-rules': taskRules,
  length: textLength,
  markup,
  refusal,
  'annotation-leak': annotationLeak,
  'personal-data': personalData,
  language,
  'ungrounded-nouns': ungroundedNouns,
  'near-duplicates': nearDuplicates,
} satisfies Readonly<Record<string, FilterKind>>

/** The name of a filter. */
export type FilterName = keyof typeof filters
