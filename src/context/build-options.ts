// Options of building a context table, parsed at the edge. What is left after parsing decides the table, but for `threads`.
import { z } from 'zod'
import { parseOptions } from '../base/options.js'
import type { OnProgress } from '../base/progress.js'
import { GUARDS, type GuardSettings } from './guards.js'
import { parseName } from './registry.js'
import type { ContextFunction } from './selector.js'

/** How a context table is chosen. */
export interface BuildOptions {
  /** Name of the table: `context/<name>/`. */
  readonly name: string
  /** An in-context function by name (`selectors`), or one of one's own. */
  readonly select: string | ContextFunction
  /** Contexts of a query at most. @default 10; for `by-task` as many as the recipe says, which of a long clip are all */
  readonly k?: number
  /** @default 0 */
  readonly seed?: number
  /** Guards that are not as usual (`GuardSettings`). */
  readonly guards?: Partial<GuardSettings>
  /** `report` says how many queries have a multi-modal and a language-only context; `enforce` sees to it where it can. @default 'report' */
  readonly kinds?: 'report' | 'enforce'
  /** Embedders by name, for functions that compare. @default ngrams for texts, colour-gradient for pictures */
  readonly embedders?: { readonly text?: string; readonly image?: string }
  /** `auto` is exact up to 200,000 different items. @default 'auto' */
  readonly search?: 'auto' | 'exact' | 'cells'
  /** Recall that cells have to reach, measured on the data at hand. @default 0.95 */
  readonly recall?: number
  /** Threads that search; 0 = none beside this one. It changes nothing about the table. @default 0 */
  readonly threads?: number
  /** Takes the place of a table of that name. @default false */
  readonly replace?: boolean
  readonly onProgress?: OnProgress | undefined
  /** Stops the work; it goes on there when the same call is made again. */
  readonly signal?: AbortSignal | undefined
}

const MOST = 1000

const score = z.union([z.number(), z.literal(Number.NEGATIVE_INFINITY)])

const schema = z.strictObject({
  name: z.string(),
  select: z.string(),
  k: z.int().min(1).max(MOST).optional(),
  seed: z.int().default(0),
  guards: z
    .strictObject({
      sameVisuals: z.boolean().optional(),
      splits: z.boolean().optional(),
      languages: z.boolean().optional(),
      subsets: z.boolean().optional(),
      minScore: score.optional(),
      leaks: z.boolean().optional(),
    })
    .default({}),
  kinds: z.enum(['report', 'enforce']).default('report'),
  embedders: z.strictObject({ text: z.string().optional(), image: z.string().optional() }).default({}),
  search: z.enum(['auto', 'exact', 'cells']).default('auto'),
  recall: z.number().gt(0).max(1).default(0.95),
  threads: z.int().min(0).max(64).default(0),
  replace: z.boolean().default(false),
})

/** Parsed options. */
export type BuildSettings = Omit<z.output<typeof schema>, 'guards' | 'embedders' | 'k'> & {
  readonly k: number
  readonly guards: GuardSettings
  readonly embedders: Partial<Record<'text' | 'image', string>>
}

/** @throws MimicitError MIMICIT_UNKNOWN_OPTION, MIMICIT_BAD_VALUE */
export function parseBuildOptions(given: unknown): BuildSettings {
  const { guards, embedders, ...settings } = parseOptions('buildContext', schema, given)
  const changed = Object.fromEntries(Object.entries(guards).filter(([, value]) => value !== undefined))
  const named = Object.fromEntries(Object.entries(embedders).filter(([, value]) => value !== undefined))
  const { k = parseName(settings.select)[0] === 'by-task' ? MOST : 10 } = settings
  return { ...settings, k, guards: { ...GUARDS, ...changed }, embedders: named }
}
