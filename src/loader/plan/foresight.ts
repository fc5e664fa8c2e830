// What a step knows of those behind it.

/** When pictures of a step are used again. */
export interface Foresight {
  /** Its number in the stream, from 0. */
  readonly at: number
  /** The number of the step that uses a media row of a source next; Infinity where none is known. */
  nextUse(source: number, mediaRow: number): number
}

/** Of a step alone nothing is known: what was used longest ago is forgotten first. */
export const BLIND: Foresight = { at: 0, nextUse: () => Number.POSITIVE_INFINITY }
