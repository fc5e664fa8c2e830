// What the parts of a verification share: the data set, the log, and the ways to report.
import { type ErrorCode, isMimicitError } from '../../base/errors.js'
import type { IssueLog } from '../../base/issues.js'
import type { OnProgress } from '../../base/progress.js'
import type { Store, StoreOptions } from '../../io/store.js'
import type { Manifest, ShardRecord } from '../manifest.js'
import { shardsOf, tableNames } from '../stored-table.js'

/** Options of `verifyDataset`. */
export interface VerifyOptions {
  /** Also decodes every picture. @default false */
  readonly deep?: boolean
  readonly onProgress?: OnProgress | undefined
  /** How a data set far away is read. */
  readonly store?: StoreOptions | undefined
}

/** A verification under way. */
export interface Check {
  readonly store: Store
  readonly manifest: Manifest
  readonly log: IssueLog
  readonly options: VerifyOptions
}

/** Every shard of every table, pairs first. */
export const allShards = (manifest: Manifest): ShardRecord[] =>
  tableNames(manifest).flatMap((name) => shardsOf(manifest, name))

/** Logs something that makes the data unusable. */
export function error(log: IssueLog, code: ErrorCode, where: string, message: string, id?: string): void {
  log.add({ code, level: 'error', where, message, ...(id === undefined ? {} : { id }) })
}

/** Logs something odd. */
export function warn(log: IssueLog, code: ErrorCode, where: string, message: string, id?: string): void {
  log.add({ code, level: 'warning', where, message, ...(id === undefined ? {} : { id }) })
}

/** Turns an error that names a fault of the data into an issue; other errors are thrown on. */
export async function attempt<T>(log: IssueLog, where: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (failure) {
    if (!isMimicitError(failure)) throw failure
    error(log, failure.code, where, failure.message)
    return undefined
  }
}
