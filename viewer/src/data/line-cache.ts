// Lines of a list, asked for in pages; what is no longer seen is not waited for.
import type { RowLine } from '../../../src/serve/wire.js'
import { get, withParams } from '../api.js'

/** Lines of one list. */
export interface LineCache {
  /** The line at a place of the list, if it is here. */
  at(place: number): RowLine | undefined
  /** Says which places are seen; those that are missing are asked for. */
  want(from: number, to: number): void
  close(): void
}

const PAGE = 64
const KEPT_PAGES = 64

/**
 * @param search the list of a search, or undefined for all rows
 * @param onLines called when lines have come
 */
export function createLineCache(
  search: string | undefined,
  onLines: () => void,
  onFault: (error: Error) => void,
): LineCache {
  const pages = new Map<number, readonly RowLine[]>()
  const asked = new Map<number, AbortController>()
  const ask = async (page: number) => {
    const leaving = new AbortController()
    asked.set(page, leaving)
    try {
      const url = withParams('/api/lines', { from: page * PAGE, to: (page + 1) * PAGE, search })
      const lines = await get<RowLine[]>(url, leaving.signal)
      // A search that goes on may find more for this page.
      if (lines.length === PAGE || search === undefined) pages.set(page, lines)
      else partial.set(page, lines)
      const oldest = pages.keys().next().value
      if (pages.size > KEPT_PAGES && oldest !== undefined) pages.delete(oldest)
      onLines()
    } catch (error) {
      if (!leaving.signal.aborted) onFault(error as Error)
    } finally {
      asked.delete(page)
    }
  }
  const partial = new Map<number, readonly RowLine[]>()
  const pageAt = (page: number) => pages.get(page) ?? partial.get(page)
  return {
    at: (place) => pageAt(Math.floor(place / PAGE))?.[place % PAGE],
    want(from, to) {
      const first = Math.floor(from / PAGE)
      const last = Math.floor(Math.max(from, to - 1) / PAGE)
      for (const [page, leaving] of asked) if (page < first || page > last) leaving.abort()
      for (let page = first; page <= last && to > from; page++) {
        const have = pageAt(page)?.length ?? 0
        const wanted = Math.min(to - page * PAGE, PAGE)
        if (have < wanted && !asked.has(page)) void ask(page)
      }
    },
    close() {
      for (const leaving of asked.values()) leaving.abort()
    },
  }
}
