// What is counted in a run.

/** Counts of a run. */
export interface RunCounts {
  /** Annotations that were asked about. */
  asked: number
  /** Annotations that say too little for the task. */
  lacking: number
  /** Annotations that were left out, since their pictures are not there. */
  withoutPictures: number
  /** Things in annotations that cannot be, such as boxes outside of the picture: left out. */
  faults: number
  /** Annotations whose answer was cut off, or had fewer pairs than were asked for: what is sound of it is used. */
  partial: number
  /** Pairs that were made, of whatever else became of them. */
  pairs: number
  /** Annotations whose answer came to nothing, by cause. */
  readonly invalid: Map<string, number>
}

/** Nothing yet. */
export const noCounts = (): RunCounts => ({
  asked: 0,
  lacking: 0,
  withoutPictures: 0,
  faults: 0,
  partial: 0,
  pairs: 0,
  invalid: new Map(),
})
