// What a caller may say of how pairs are judged, the same wherever pairs are made.
import { z } from 'zod'
import type { Replacement } from '../replacements/replacement.js'

/** Options about filters and replacement rules. */
export interface JudgingOptions {
  /** Filters by name. @default all that apply */
  readonly filters?: readonly string[] | undefined
  /** Filters that are left out. @default none */
  readonly withoutFilters?: readonly string[] | undefined
  /** Rules for slips that a model makes again and again. @default those that come with mimicit */
  readonly replacements?: readonly Replacement[] | undefined
}

/** How they are checked; rules are checked where they are read. */
export const judgingFields = {
  filters: z.array(z.string()).optional(),
  withoutFilters: z.array(z.string()).default([]),
}
