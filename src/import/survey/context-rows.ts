// Lists of contexts as rows. Each is resolved once; the rows wait on the disk until their tables are written.
import type { IssueLog } from '../../base/issues.js'
import type { Scratch } from '../../io/spill.js'
import { type Policies, report } from '../policies.js'

/** A pair and its contexts, as rows. */
export interface PairContexts {
  readonly query: number
  readonly contexts: readonly number[]
}

/** Tells of a context that is none; a pair's own id is, and so is one that no pair has. */
export function reportContext(context: string, policies: Policies, log: IssueLog, where: string, id: string): void {
  if (context === id) report(log, 'MIMICIT_OWN_CONTEXT', policies.dangling, where, id, 'it is its own context')
  else report(log, 'MIMICIT_DANGLING_CONTEXT', policies.dangling, where, id, `context ${context} is not in the data`)
}

/** Context ids as rows; ids that no pair has, and the pair's own, are reported and left out. */
export function contextRows(
  listed: readonly string[],
  rowOf: (id: string) => number,
  policies: Policies,
  log: IssueLog,
  where: string,
  id: string,
): number[] {
  const rows: number[] = []
  for (const context of listed) {
    const row = rowOf(context)
    if (row >= 0 && context !== id) rows.push(row)
    else reportContext(context, policies, log, where, id)
  }
  return rows
}

/** Lists of rows of many pairs, in the order of the pairs. */
export interface ContextRowsFile {
  /** Starts the lists of a pair. */
  pair(query: number, source: number): void
  /** Adds a list to it; a table occurs once a pair. */
  list(table: string, rows: readonly number[]): void
  /** Every pair with its lists. */
  all(): Generator<{ readonly query: number; readonly source: number; readonly lists: ReadonlyMap<string, number[]> }>
}

/** Starts empty. */
export function createContextRows(scratch: Scratch): ContextRowsFile {
  const spill = scratch.spill('context-rows')
  const tables: string[] = []
  // A pair is its query, its source and the number of its lists; a list its table, its length and its rows.
  let words = Buffer.allocUnsafeSlow(1 << 12)
  let filled = 0
  let listsAt = -1
  const add = (word: number) => {
    if (filled === words.byteLength) words = Buffer.concat([words], 2 * words.byteLength)
    filled = words.writeUInt32LE(word, filled)
  }
  const close = () => {
    spill.add(words.subarray(0, filled))
    filled = 0
    listsAt = -1
  }
  return {
    pair(query, source) {
      close()
      add(query)
      add(source)
      listsAt = filled
      add(0)
    },
    list(table, rows) {
      words.writeUInt32LE(words.readUInt32LE(listsAt) + 1, listsAt)
      const found = tables.indexOf(table)
      add(found >= 0 ? found : tables.push(table) - 1)
      add(rows.length)
      for (const row of rows) add(row)
    },
    *all() {
      close()
      const end = spill.byteLength
      for (let at = 0; at < end; ) {
        const head = spill.read(at, 12)
        const [query, source, count] = [head.readUInt32LE(0), head.readUInt32LE(4), head.readUInt32LE(8)]
        at += 12
        const lists = new Map<string, number[]>()
        for (let i = 0; i < count; i++) {
          const list = spill.read(at, 8)
          const [table, length] = [tables[list.readUInt32LE(0)]!, list.readUInt32LE(4)]
          const bytes = spill.read(at + 8, 4 * length)
          const rows: number[] = []
          for (let each = 0; each < length; each++) rows.push(bytes.readUInt32LE(4 * each))
          lists.set(table, rows)
          at += 8 + 4 * length
        }
        yield { query, source, lists }
      }
    },
  }
}
