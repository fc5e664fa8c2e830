// All filters over all pairs of a run, in order: replacement rules first, then each filter; every objection is kept with its
// pair and counted. What the counts say is what happened: a pair that is dropped for three reasons is one dropped pair.
import { pick } from '../../base/options.js'
import type { Moderator } from '../../llm/moderation.js'
import type { DraftPair } from '../draft-pair.js'
import { DEFAULT_REPLACEMENTS } from '../replacements/defaults.js'
import { type Replacement, replacements } from '../replacements/replacement.js'
import type { FilterKind, Objection, PairAbout } from './filter.js'
import { type FilterName, filters } from './index.js'
import { moderationBy } from './moderation.js'

/** What is judged by what. */
export interface JudgeOptions {
  /** @default all */
  readonly filters?: readonly FilterName[]
  /** @default those that come with mimicit */
  readonly replacements?: readonly Replacement[] | undefined
  /** Asks it about every pair that passed the filters. @default nobody is asked */
  readonly moderator?: Moderator | undefined
}

/**
 * The filters of a run.
 * @param only those, by name; all where it is undefined
 * @throws MimicitError MIMICIT_UNKNOWN_NAME
 */
export function chosenFilters(only: readonly string[] | undefined, without: readonly string[]): readonly FilterName[] {
  for (const name of [...(only ?? []), ...without]) pick('the filter', filters, name)
  const all = Object.keys(filters) as FilterName[]
  return all.filter((name) => (only === undefined || only.includes(name)) && !without.includes(name))
}

/** An objection with the filter that raised it. */
export interface Verdict extends Objection {
  readonly filter: string
}

/** A pair after it was judged. */
export interface JudgedPair<P extends DraftPair = DraftPair> {
  /** With replacements made. */
  readonly pair: P
  readonly kept: boolean
  readonly verdicts: readonly Verdict[]
  /** Replacement rules that applied, with how often. */
  readonly replaced: Readonly<Record<string, number>>
}

/** What has happened so far. */
export interface JudgeCounts {
  readonly judged: number
  readonly kept: number
  readonly dropped: number
  /** Pairs that were kept with a warning. */
  readonly warned: number
  /** Objections by `filter/rule`, as pairs that had one. */
  readonly objections: Readonly<Record<string, { readonly action: Objection['action']; readonly pairs: number }>>
  /** Applications of each replacement rule. */
  readonly replacements: Readonly<Record<string, number>>
}

/** Judges the pairs of a run. */
export interface Judge {
  /** Pairs come in the order of the run: filters remember what came before. */
  judge<P extends DraftPair>(pair: P, about: PairAbout): Promise<JudgedPair<P>>
  /** What came of all pairs so far. */
  counts(): JudgeCounts
}

/**
 * Makes a judge.
 * @throws MimicitError MIMICIT_UNKNOWN_NAME for a filter that does not exist
 */
export async function createJudge(options: JudgeOptions = {}): Promise<Judge> {
  const names = options.filters ?? (Object.keys(filters) as FilterName[])
  const kinds: (readonly [string, FilterKind])[] = names.map((name) => [name, pick('the filter', filters, name)])
  if (options.moderator !== undefined) kinds.push(['moderation', moderationBy(options.moderator)])
  const asked = await Promise.all(
    kinds.map(async ([name, kind]) => ({ name, onlyOfKept: kind.onlyOfKept === true, filter: await kind.create() })),
  )
  const replace = replacements(options.replacements ?? DEFAULT_REPLACEMENTS)
  const counts = { judged: 0, kept: 0, dropped: 0, warned: 0 }
  const objections = new Map<string, { readonly action: Objection['action']; pairs: number }>()
  const applied = new Map<string, number>()

  const count = ({ kept, verdicts, replaced }: JudgedPair) => {
    counts.judged++
    counts[kept ? 'kept' : 'dropped']++
    if (kept && verdicts.length > 0) counts.warned++
    for (const [key, action] of new Map(verdicts.map(({ filter, rule, action }) => [`${filter}/${rule}`, action]))) {
      const entry = objections.get(key) ?? { action, pairs: 0 }
      entry.pairs++
      objections.set(key, entry)
    }
    for (const [rule, times] of Object.entries(replaced)) applied.set(rule, (applied.get(rule) ?? 0) + times)
  }
  return {
    async judge(given, about) {
      const { pair, replaced } = replace(given, about.language)
      const verdicts: Verdict[] = []
      let kept = true
      for (const { name, onlyOfKept, filter } of asked) {
        if (onlyOfKept && !kept) continue
        for (const objection of await filter.judge(pair, about)) {
          verdicts.push({ filter: name, ...objection })
          kept &&= objection.action !== 'drop'
        }
      }
      const judged = { pair, kept, verdicts, replaced }
      count(judged)
      return judged
    },
    counts: () => ({ ...counts, objections: sorted(objections), replacements: sorted(applied) }),
  }
}

const sorted = <T>(map: ReadonlyMap<string, T>) => Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)))
