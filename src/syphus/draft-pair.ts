// A pair before it is one: what a reply says, without an id and without visuals.

/** A pair as a reply has it. */
export interface DraftPair {
  readonly instruction: string
  readonly response: string
  /** What the rounds of one conversation share: `activity0`. @default every pair stands for itself */
  readonly conversation?: string
  /** Further fields of its metadata. */
  readonly notes?: Readonly<Record<string, unknown>>
}
