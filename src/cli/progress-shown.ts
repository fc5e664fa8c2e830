// What shows progress to a person, a bar or lines, as the commands see it.
import type { OnProgress } from '../base/progress.js'

/** Something that shows progress. */
export interface ProgressBar {
  readonly update: OnProgress
  /** Shows a line with text of its own behind the bar. */
  show(fraction: number, text: string): void
  /** Clears the line. */
  done(): void
}
