// What an importer does about faults of its sources.
import type { ErrorCode } from '../base/errors.js'
import type { IssueLog } from '../base/issues.js'

/** What to do with a pair one of whose visuals cannot be had: stop, leave out the pair, or leave out the visual. */
export const visualPolicies = ['error', 'skip', 'drop-visual'] as const

export type VisualPolicy = (typeof visualPolicies)[number]

/** What to do with faults of the sources. */
export interface Policies {
  /**
   * Ids that point nowhere. A context or a training key that is not there is left out by either of the policies that go
   * on; a pair that would lose all of its visuals is left out by both.
   */
  readonly dangling: VisualPolicy
  /** Pictures that are empty or no pictures. */
  readonly broken: VisualPolicy
  /** Ids that occur twice in one source with different content: stop, or let the last one win, as Python's JSON reader does. */
  readonly duplicates: 'error' | 'last'
}

/** Logs a fault: an error where the policy says so, else a warning. */
export function report(
  log: IssueLog,
  code: ErrorCode,
  policy: VisualPolicy | 'last',
  where: string,
  id: string,
  message: string,
): void {
  log.add({ code, level: policy === 'error' ? 'error' : 'warning', where, id, message })
}
