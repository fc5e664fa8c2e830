// Lists of contexts as rows. Each is resolved once; the rows wait on the disk until their tables are written.
import { endianness } from 'node:os'
import type { IssueLog } from '../../base/issues.js'
import type { Scratch } from '../../io/spill.js'
import type { NumberLists } from '../../shards/packed-column.js'
import { type Policies, report } from '../policies.js'

/** A pair and its contexts, as rows. */
export interface PairContexts {
  readonly query: number
  readonly contexts: readonly number[]
}

/** Pairs that follow each other, and their contexts. */
export interface ContextBlock {
  readonly queries: readonly number[]
  readonly contexts: NumberLists
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
  /** Every pair with its list of one table, which may be empty; in blocks. */
  of(table: string): Generator<ContextBlock>
}

/** Words of pairs that go to the disk together. */
const GATHERED = 1 << 13

/** Starts empty. */
export function createContextRows(scratch: Scratch): ContextRowsFile {
  const spill = scratch.spill('context-rows')
  const tables: string[] = []
  // A pair is its query, its source and the number of its lists; a list its table, its length and its rows.
  let words = new Uint32Array(2 * GATHERED)
  let filled = 0
  let listsAt = -1
  const reserve = (count: number) => {
    if (filled + count <= words.length) return
    const larger = new Uint32Array(2 * (filled + count))
    larger.set(words)
    words = larger
  }
  const wordAt = (at: number) => {
    const here = spill.at(at, 4)
    return spill.held.getUint32(here, true)
  }
  const rowsAt = (at: number, length: number) => {
    const rows: number[] = []
    const start = spill.at(at, 4 * length)
    for (let i = 0; i < length; i++) rows.push(spill.held.getUint32(start + 4 * i, true))
    return rows
  }
  const close = () => {
    spill.add(endianness() === 'LE' ? bytesOf(words, filled) : bytesOf(words, filled).swap32())
    filled = 0
    listsAt = -1
  }
  return {
    pair(query, source) {
      if (filled > GATHERED) close()
      reserve(3)
      words[filled++] = query
      words[filled++] = source
      listsAt = filled
      words[filled++] = 0
    },
    list(table, rows) {
      words[listsAt]!++
      const found = tables.indexOf(table)
      reserve(2 + rows.length)
      words[filled++] = found >= 0 ? found : tables.push(table) - 1
      words[filled++] = rows.length
      for (let i = 0; i < rows.length; i++) words[filled++] = rows[i]!
    },
    *all() {
      close()
      const end = spill.byteLength
      for (let at = 0; at < end; ) {
        const [query, source, count] = [wordAt(at), wordAt(at + 4), wordAt(at + 8)]
        at += 12
        const lists = new Map<string, number[]>()
        for (let i = 0; i < count; i++) {
          const [table, length] = [tables[wordAt(at)]!, wordAt(at + 4)]
          lists.set(table, rowsAt(at + 8, length))
          at += 8 + 4 * length
        }
        yield { query, source, lists }
      }
    },
    *of(table) {
      close()
      const end = spill.byteLength
      const wanted = tables.indexOf(table)
      for (let at = 0; at < end; ) {
        const queries: number[] = []
        const lengths = new Uint32Array(BLOCK)
        const numbers: number[] = []
        for (; at < end && queries.length < BLOCK; ) {
          const head = spill.at(at, 12)
          const query = spill.held.getUint32(head, true)
          const count = spill.held.getUint32(head + 8, true)
          at += 12
          for (let i = 0; i < count; i++) {
            const of = spill.at(at, 8)
            const isWanted = spill.held.getUint32(of, true) === wanted
            const length = spill.held.getUint32(of + 4, true)
            if (isWanted) {
              const start = spill.at(at + 8, 4 * length)
              for (let each = 0; each < length; each++) numbers.push(spill.held.getUint32(start + 4 * each, true))
              lengths[queries.length] = length
            }
            at += 8 + 4 * length
          }
          queries.push(query)
        }
        yield { queries, contexts: { lengths: lengths.subarray(0, queries.length), numbers: Int32Array.from(numbers) } }
      }
    },
  }
}

const bytesOf = ({ buffer }: Uint32Array<ArrayBuffer>, words: number) =>
  Buffer.from(buffer, 0, words * Uint32Array.BYTES_PER_ELEMENT)

/** Pairs of a block at most. */
const BLOCK = 4096
