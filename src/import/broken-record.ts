// A record that its form cannot read, as a pair in its place: what becomes of it is for whoever imports to say, and the
// records behind it are read all the same.
import { isMimicitError, MimicitError } from '../base/errors.js'
import type { IssueLog } from '../base/issues.js'
import { type Policies, report } from './policies.js'
import type { SourcePair } from './source.js'

/** Where a record stands. */
export type RecordPlace = Pick<SourcePair, 'id' | 'where' | 'done'>

/** A record that could not be read. */
export type BrokenRecord = SourcePair & { readonly fault: MimicitError }

/**
 * Faults of one record; whatever else goes wrong is about the file. JSON is a record by itself on a line or in a file of a
 * tar: inside of a larger document nobody knows where a broken one ends, so that its text is parsed before it comes here.
 */
const OF_A_RECORD = ['MIMICIT_BAD_RECORD', 'MIMICIT_BAD_JSON', 'MIMICIT_UNSUPPORTED'] as const

/** The pair of a record that could not be read. @throws the error, if it is not about one record */
export function brokenRecord(error: unknown, place: RecordPlace): BrokenRecord {
  if (!OF_A_RECORD.some((code) => isMimicitError(error, code))) throw error
  return { ...place, instruction: '', response: '', mediaIds: [], related: [], fault: error as MimicitError }
}

/** What a record says, or the pair of one that could not be read. */
export function recordOr<T>(read: () => T, place: () => RecordPlace): T | BrokenRecord {
  try {
    return read()
  } catch (error) {
    return brokenRecord(error, place())
  }
}

/** Leaves out what such a fault is about, and tells of it. @throws the fault, where the policy is to stop */
export function leaveOut(fault: MimicitError, policies: Policies, log: IssueLog, where: string, id: string): undefined {
  const { code, parts } = fault
  if (policies.broken === 'error') {
    const hint = [parts.hint, 'With --broken skip such records are left out and listed.'].filter(Boolean).join(' ')
    throw new MimicitError(code, { ...parts, hint })
  }
  const message = `expected ${parts.expected} for ${parts.where}, received ${parts.received}`
  report(log, code, policies.broken, where, id, message)
}
