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
  let words = new Uint32Array(1024)
  let filled = 0
  let listsAt = -1
  const add = (word: number) => {
    if (filled === words.length) {
      const larger = new Uint32Array(2 * words.length)
      larger.set(words)
      words = larger
    }
    words[filled++] = word
  }
  const close = () => {
    spill.add(new Uint8Array(words.buffer, 0, 4 * filled))
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
      words[listsAt]!++
      const found = tables.indexOf(table)
      add(found >= 0 ? found : tables.push(table) - 1)
      add(rows.length)
      for (const row of rows) add(row)
    },
    *all() {
      close()
      const end = spill.byteLength
      const read = (at: number, count: number) => {
        const bytes = spill.read(at, 4 * count)
        return Array.from({ length: count }, (_, i) => bytes.readUInt32LE(4 * i))
      }
      for (let at = 0; at < end; ) {
        const [query, source, count] = read(at, 3)
        at += 12
        const lists = new Map<string, number[]>()
        for (let i = 0; i < count!; i++) {
          const [table, length] = read(at, 2)
          lists.set(tables[table!]!, read(at + 8, length!))
          at += 8 + 4 * length!
        }
        yield { query: query!, source: source!, lists }
      }
    },
  }
}
