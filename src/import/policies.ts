// What an importer does about faults of its sources.
import type { ErrorCode } from '../base/errors.js'
import type { IssueLog } from '../base/issues.js'

/** What to do with a pair one of whose visuals cannot be had: stop, leave out the pair, or leave out the visual. */
export const visualPolicies = ['error', 'skip', 'drop-visual'] as const

export type VisualPolicy = (typeof visualPolicies)[number]

/**
 * What to do with an id that names different things in one source: stop, let the last have the id and keep those before it
 * as `<id>#1`, `<id>#2` ..., or keep the last only. Either way the id means the last, as it does to Python's JSON reader.
 */
export const duplicatePolicies = ['error', 'keep', 'last'] as const

export type DuplicatePolicy = (typeof duplicatePolicies)[number]

/** What to do with faults of the sources. */
export interface Policies {
  /**
   * Ids that point nowhere. A context or a training key that is not there is left out by either of the policies that go
   * on; a pair that would lose all of its visuals is left out by both.
   */
  readonly dangling: VisualPolicy
  /** Pictures that are empty or no pictures, and records that are not what their form says, which leave with either. */
  readonly broken: VisualPolicy
  readonly duplicates: DuplicatePolicy
}

/** Logs a fault: an error where the policy says so, else a warning. */
export function report(
  log: IssueLog,
  code: ErrorCode,
  policy: VisualPolicy | DuplicatePolicy,
  where: string,
  id: string,
  message: string,
): void {
  log.add({ code, level: policy === 'error' ? 'error' : 'warning', where, id, message })
}
