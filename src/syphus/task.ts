// A task of Syphus: how a visual annotation becomes a prompt, what form a reply has, which rules its pairs obey, and how the
// pairs of one visual stand to each other. A task is data and small pure functions; whoever answers, and whatever checks
// the answer, reads it from here. One task is one file in tasks/ and a line in tasks/index.ts.
import type { RandomStream } from '../base/random.js'
import type { VisualAnnotation } from '../import/annotations/annotation.js'
import type { OutputForm } from './output-form.js'

/** The side of a pair that a rule is about. */
export type PairSide = 'instruction' | 'response' | 'both'

/** Something that must not stand in a text. */
export interface ForbiddenText {
  readonly in: PairSide
  /** Without the flag `g`. */
  readonly pattern: RegExp
  /** Names the rule in counts: `time-stamp`. */
  readonly rule: string
  /** Why, as a sentence, for people and for the model that is asked again. */
  readonly reason: string
}

/** Who speaks: `first` = I, me, my; `second` = you, your; `third` = neither of them. */
export type Person = 'first' | 'second' | 'third'

/** What the pairs of one annotation must be like. A reply that breaks the numbers is asked again; of a pair that breaks another rule only the pair is lost. */
export interface TaskRules {
  readonly minPairs: number
  readonly maxPairs: number
  /** Rounds of every conversation. */
  readonly rounds?: number
  readonly forbidden: readonly ForbiddenText[]
  /** Who may not speak: `['first']` for instructions that must not say "I". */
  readonly notPersons?: Readonly<Partial<Record<Exclude<PairSide, 'both'>, readonly Person[]>>>
  /** Most words of a side; in languages without blanks a word is two characters. */
  readonly maxWords?: Readonly<Partial<Record<Exclude<PairSide, 'both'>, number>>>
}

/** An example for the model: what it is shown, and what it should have answered. */
export interface TaskExample {
  /** The prompt of some annotation. */
  readonly user: string
  /** Has the output form of the task. */
  readonly reply: unknown
}

/**
 * The rule by which the pairs of one annotation are each other's contexts, as the published subset has it: all the others
 * of the same visuals, the earlier rounds of the same conversation, or none.
 */
export type Relation = 'siblings' | 'earlier-rounds' | 'none'

/** A task. */
export interface Task {
  /** `dense-captions` */
  readonly name: string
  /** Goes up with whatever changes what is asked or made: stands in the provenance. */
  readonly version: number
  /** One line for people. */
  readonly title: string
  /** Subset of its pairs, and the beginning of their ids: `DC`. */
  readonly subset: string
  /** The beginning of the ids of their pictures. @default the subset */
  readonly picturePrefix?: string
  /** Names, without endings, under which a picture or a folder of frames may lie beside its id. */
  readonly pictureFiles?: (mediaId: string) => readonly string[]
  /** The set of annotations that it is made for, a name in `annotationSets`. */
  readonly annotations: string
  /** What the model is and what it has to do; the output form adds how it answers. */
  readonly system: string
  readonly output: OutputForm
  readonly rules: TaskRules
  readonly examples: readonly TaskExample[]
  readonly relation: Relation
  /** What an annotation lacks for this task, as a noun phrase, or null: such an annotation is never asked about. */
  lacks(annotation: VisualAnnotation): string | null
  /** The annotation as the model is shown it. */
  prompt(annotation: VisualAnnotation): string
  /**
   * A reply in the output form, made by rule and true of the annotation; pairs that rules cannot make are left out, down to
   * none. @default made of whatever captions, objects and moments the annotation has
   */
  readonly byRule?: (annotation: VisualAnnotation, random: RandomStream) => unknown
}
