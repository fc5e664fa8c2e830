// What a filter is: it looks at one pair and says what speaks against it. A filter decides nothing else and changes nothing;
// counting and dropping are the judge's (judge.ts).
import type { DraftPair } from '../draft-pair.js'
import type { TaskRules } from '../task.js'

/** What a filter knows besides the pair. */
export interface PairAbout {
  /** BCP 47 tag of the language that the pair should be in. */
  readonly language: string
  /** Everything that the model was told of the visuals, as text; empty where that is not known. */
  readonly evidence: string
  /** Names the visuals: pairs with the same name are about the same ones. */
  readonly media: string
  /** The rules of the task that the pair was made for. */
  readonly rules?: TaskRules
}

/** Something that speaks against a pair. */
export interface Objection {
  /** `drop` = the pair is not used; `warn` = it is, and is marked. */
  readonly action: 'drop' | 'warn'
  /** Names what was found, for counts: `email`, `caption-mentioned`. */
  readonly rule: string
  /** A sentence for people. */
  readonly reason: string
  /** How much of it there is, where that has a measure: from 0 to 1. */
  readonly score?: number
}

/** A filter at work; it may remember what it has seen, so pairs come in a fixed order. */
export interface PairFilter {
  judge(pair: DraftPair, about: PairAbout): readonly Objection[] | Promise<readonly Objection[]>
}

/** A filter as it stands in the registry. */
export interface FilterKind {
  /** One line for people. */
  readonly title: string
  /** Is asked only about pairs that no filter before it dropped: it remembers those, or costs something. */
  readonly onlyOfKept?: boolean
  /** A filter for one run. */
  create(): PairFilter | Promise<PairFilter>
}

/** Both texts with the name of their side. */
export const sidesOf = ({ instruction, response }: DraftPair) =>
  [
    ['instruction', instruction],
    ['response', response],
  ] as const

/** A pattern and what it means where it is found. */
export interface PatternRule {
  readonly rule: string
  readonly pattern: RegExp
  /** What is wrong with the side in which it is found: "speaks of the caption". */
  readonly finds: string
  /** @default 'both' */
  readonly in?: 'instruction' | 'response'
  /** @default 'drop' */
  readonly action?: Objection['action']
}

/** A filter of patterns: each rule objects once a side. */
export function patternFilter(rules: readonly PatternRule[]): PairFilter {
  return {
    judge: (pair) =>
      rules.flatMap(({ rule, pattern, finds, in: only, action = 'drop' }) =>
        sidesOf(pair).flatMap(([side, text]) => {
          const found = only === undefined || only === side ? pattern.exec(straight(text))?.[0] : undefined
          return found === undefined ? [] : [{ action, rule, reason: `The ${side} ${finds}: "${clipped(found)}".` }]
        }),
      ),
  }
}

/** Typographic apostrophes as patterns write them: models write both. */
const straight = (text: string) => text.replace(/[\u2018\u2019\u02bc]/g, "'")

/** A few words of what was found. */
export const clipped = (text: string) => (text.length <= 60 ? text : `${text.slice(0, 59)}…`)
