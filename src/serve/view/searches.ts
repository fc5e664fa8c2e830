// Searches: a filter goes through the whole data set, row group by row group, while the page shows what was found so far. The
// row numbers stay here, four bytes each; the page asks for the part that it shows.
import { setImmediate } from 'node:timers/promises'
import { MimicitError, show } from '../../base/errors.js'
import { contextRows } from '../../shards/context-rows.js'
import type { Dataset } from '../../shards/dataset.js'
import type { Filter, SearchProgress } from '../wire.js'
import { asksContexts, rowMatch } from './match-filter.js'

/** Searches of a data set. */
export interface Searches {
  /** Starts one; it runs until it is done or stopped. */
  start(filter: Filter): SearchProgress
  /** Rows found, from one place of the list to another. @throws MimicitError MIMICIT_NOT_FOUND */
  rows(id: string, from: number, to: number): readonly number[]
  /** How far it is, whenever that has changed; ends with the search. @throws MimicitError what reading throws */
  progress(id: string, signal: AbortSignal): AsyncGenerator<SearchProgress>
  /** Ends it; what it found stays. */
  stop(id: string): void
  /** Ends it and forgets what it found. */
  forget(id: string): void
  close(): Promise<void>
}

interface Search {
  readonly id: string
  readonly total: number
  readonly stopping: AbortController
  readonly found: RowList
  done: number
  finished: boolean
  error?: unknown
  running: Promise<void>
  /** Called whenever something has changed. */
  readonly waiting: Set<() => void>
}

/** Searches kept: beyond, the oldest is forgotten. */
const KEPT = 4
/** Between two reports. */
const REPORT_MS = 100

/** Nothing is read before a search starts. */
export function createSearches(dataset: Dataset): Searches {
  const searches = new Map<string, Search>()
  let count = 0
  const find = (id: string) => {
    const search = searches.get(id)
    if (search !== undefined) return search
    throw new MimicitError('MIMICIT_NOT_FOUND', {
      expected: 'a search that is kept',
      where: 'the viewer',
      received: show(id),
      hint: 'Search again.',
    })
  }
  const stop = (id: string) => searches.get(id)?.stopping.abort()
  const forget = (id: string) => {
    stop(id)
    searches.delete(id)
  }
  const stateOf = ({ id, done, total, found, finished }: Search): SearchProgress => ({
    ...{ id, done, total, finished },
    found: found.length,
  })

  return {
    start(filter) {
      const id = `s${++count}`
      const search: Search = {
        id,
        total: dataset.manifest.tables.pairs.rows,
        stopping: new AbortController(),
        found: new RowList(),
        done: 0,
        finished: false,
        running: Promise.resolve(),
        waiting: new Set(),
      }
      searches.set(id, search)
      for (const oldest of searches.keys()) {
        if (searches.size <= KEPT) break
        forget(oldest)
      }
      search.running = scan(dataset, filter, search)
        .catch((error: unknown) => {
          search.error = error
        })
        .finally(() => {
          search.finished = true
          for (const tell of search.waiting) tell()
        })
      return stateOf(search)
    },
    rows: (id, from, to) => find(id).found.slice(from, to),
    async *progress(id, signal) {
      const search = find(id)
      let told = -1
      while (!signal.aborted) {
        const { finished, done, error } = search
        if (done !== told || finished) yield stateOf(search)
        told = done
        if (error !== undefined) throw error
        if (finished) return
        await changed(search, signal)
      }
    },
    stop,
    forget,
    async close() {
      const running = [...searches.values()].map((search) => search.running)
      for (const id of [...searches.keys()]) forget(id)
      await Promise.all(running)
    },
  }
}

/** Waits for the next change, or until nobody listens. */
function changed({ waiting }: Search, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      waiting.delete(go)
      signal.removeEventListener('abort', go)
      resolve()
    }
    waiting.add(go)
    signal.addEventListener('abort', go, { once: true })
  })
}

async function scan(dataset: Dataset, filter: Filter, search: Search): Promise<void> {
  const { columns, matches } = rowMatch(filter)
  const counts = asksContexts(filter) ? await contextCounts(dataset, filter.context, search.stopping.signal) : undefined
  let reported = 0
  for await (const group of dataset.columns('pairs', columns)) {
    if (search.stopping.signal.aborted) return
    for (let i = 0; i < group.rows; i++) {
      const row = group.firstRow + i
      if (matches(group.columns, i, counts?.[row] ?? 0)) search.found.push(row)
    }
    search.done = group.firstRow + group.rows
    const now = performance.now()
    if (now - reported >= REPORT_MS || search.done === search.total) {
      reported = now
      for (const tell of search.waiting) tell()
    }
    // Rows that the page asks for come between two row groups.
    await setImmediate()
  }
}

/** Contexts of each pair by a stored C_psi, two bytes a pair. */
async function contextCounts(dataset: Dataset, name: string | undefined, signal: AbortSignal): Promise<Uint16Array> {
  const counts = new Uint16Array(dataset.manifest.tables.pairs.rows)
  if (name === undefined || name === 'none') return counts
  for await (const { query, contexts } of contextRows(dataset, name)) {
    counts[query] = Math.min(contexts.length, 0xffff)
    if (signal.aborted) break
  }
  return counts
}

/** Row numbers that grow, four bytes each. */
class RowList {
  #rows = new Int32Array(1024)
  #length = 0

  get length(): number {
    return this.#length
  }

  push(row: number): void {
    if (this.#length === this.#rows.length) {
      const grown = new Int32Array(2 * this.#length)
      grown.set(this.#rows)
      this.#rows = grown
    }
    this.#rows[this.#length++] = row
  }

  slice(from: number, to: number): readonly number[] {
    return Array.from(this.#rows.subarray(Math.min(from, this.#length), Math.min(to, this.#length)))
  }
}
