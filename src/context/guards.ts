// What keeps a proposed pair from becoming a context. Each guard has a switch and a count; a new one is a line in `guards`.
// Two are not for switching off: a query is never its own context, and no row is taken twice.
import { type PairFacts, sharePicture } from './facts.js'
import type { QueryRules } from './selector.js'

/** Which guards are on. */
export interface GuardSettings {
  /** No context with a picture of the query's own visuals, unless the function chooses among them. @default true */
  readonly sameVisuals: boolean
  /** No context of another split. @default true */
  readonly splits: boolean
  /** No context in another language. @default true */
  readonly languages: boolean
  /** No context of another subset. @default false */
  readonly subsets: boolean
  /** Nothing less similar than this, where there are scores. @default none */
  readonly minScore: number
  /** No context that tells the query's answer, or asks the same of the same visuals. @default true */
  readonly leaks: boolean
}

/** All guards as they are unless somebody says otherwise. */
export const GUARDS: GuardSettings = {
  sameVisuals: true,
  splits: true,
  languages: true,
  subsets: false,
  minScore: Number.NEGATIVE_INFINITY,
  leaks: true,
}

/** Tells whether a context would give the answer of a query away. */
export type LeakCheck = (query: number, context: number) => boolean

/** What a guard looks at. */
export interface Candidate {
  readonly query: number
  readonly row: number
  readonly score: number | null
  readonly rules: QueryRules
}

/** Whether a candidate must not be taken. */
type Guard = (candidate: Candidate) => boolean

/** What each guard is called in reports. */
export type GuardName = keyof GuardSettings
/** How many candidates each guard kept out. */
export type GuardCounts = Readonly<Record<GuardName | 'oneself' | 'repeated' | 'visualTaken', number>>

/** Guards that are on, cheapest first. */
export function activeGuards(
  facts: PairFacts,
  settings: GuardSettings,
  leaks: LeakCheck,
): readonly (readonly [GuardName, Guard])[] {
  const { visuals, instructions } = facts
  const onSameVisuals = (a: number, b: number) => visuals.of[a]! >= 0 && visuals.of[a] === visuals.of[b]
  const differ =
    (labels: Uint32Array): Guard =>
    ({ query, row }) =>
      labels[query] !== labels[row]
  const guards: Readonly<Record<GuardName, Guard | undefined>> = {
    splits: settings.splits ? differ(facts.splits.of) : undefined,
    languages: settings.languages ? differ(facts.languages.of) : undefined,
    subsets: settings.subsets ? differ(facts.subsets.of) : undefined,
    minScore: ({ score }) => score !== null && score < settings.minScore,
    sameVisuals: settings.sameVisuals
      ? ({ query, row, rules }) => !rules.sameVisuals && sharePicture(facts, query, row)
      : undefined,
    leaks: settings.leaks
      ? ({ query, row }) =>
          (instructions.of[query] === instructions.of[row] && onSameVisuals(query, row)) || leaks(query, row)
      : undefined,
  }
  return (Object.keys(guards) as GuardName[]).flatMap((name) => {
    const guard = guards[name]
    return guard === undefined ? [] : [[name, guard] as const]
  })
}
