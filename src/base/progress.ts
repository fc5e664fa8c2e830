// Progress of long work, told as plain data: whoever runs the work decides how it is shown.

/** One report of progress. */
export interface Progress {
  /** What is being done: "reading pictures". */
  readonly stage: string
  /** Units done so far, and in all where that is known. */
  readonly done: number
  readonly total?: number
  /** The unit: "bytes", "steps". */
  readonly unit: string
  /** The part of the whole work that is behind, 0 to 1, where the stages are weighed against each other. */
  readonly overall?: number
}

/** Receives progress; called often, so it should be cheap. */
export type OnProgress = (progress: Progress) => void
