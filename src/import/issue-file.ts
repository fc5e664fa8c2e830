// Every issue of an import as a line of JSON, in a file beside the data set: the summary holds the first examples only,
// and whoever mends a source needs all of them. There is a file only if there is an issue.
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import type { Issue } from '../base/issues.js'
import { asIoError } from '../io/directory.js'

const BUFFER = 1 << 16
const ENDING = '.issues.jsonl'

/** Whether a path is named like such a report: it may lie among the files of a source, and is none of them. */
export const isIssueFileName = (path: string): boolean => path.endsWith(ENDING)

/** A file that begins with its first issue. */
export interface IssueFile {
  /** Where it is, or null while there was no issue. */
  readonly path: string | null
  add(issue: Issue): void
  /** Writes what is pending and closes it; twice does no harm. */
  close(): void
  /** After an import without issues: removes the file that an earlier one left. */
  removeStale(): void
}

/** The report of a data set: `out` with `.issues.jsonl`. */
export function issueFile(out: string): IssueFile {
  const path = `${out}${ENDING}`
  let descriptor: number | undefined
  let begun = false
  let pending = ''
  const guarded = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw asIoError(error, path)
    }
  }
  const flush = () => {
    if (pending === '') return
    const bytes = Buffer.from(pending, 'utf8')
    pending = ''
    guarded(() => {
      descriptor ??= openSync(path, begun ? 'a' : 'w')
      begun = true
      for (let at = 0; at < bytes.byteLength; ) at += writeSync(descriptor, bytes, at)
    })
  }
  return {
    get path() {
      return begun || pending !== '' ? path : null
    },
    add({ code, level, where, id, message }) {
      pending += `${JSON.stringify({ code, level, where, id, message })}\n`
      if (pending.length >= BUFFER) flush()
    },
    close() {
      flush()
      if (descriptor !== undefined) closeSync(descriptor)
      descriptor = undefined
    },
    removeStale() {
      if (!begun && pending === '') guarded(() => rmSync(path, { force: true }))
    },
  }
}
