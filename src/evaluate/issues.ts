// What an evaluation counts it also lists: the whole of it stands in the JSON of a report, the first few wherever people read.
import { IssueLog } from '../base/issues.js'

/** So many of a kind are listed; what is counted beyond is a fault of the files as such. */
const LISTED = 10_000

/** A log that lists what it counts. */
export const evaluationLog = (): IssueLog => new IssueLog(LISTED)
