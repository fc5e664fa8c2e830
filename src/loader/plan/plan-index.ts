// The columns that a plan is made over: what is known of the pairs of one window, and of nothing else, as typed arrays. They
// may come from tables (counts and media rows, no text) or from turns that were tokenised already.

/** Where pictures lie, for plans of reads: entry i is about media row `rows[i]`. */
export interface PictureColumns {
  /** Rising. */
  readonly rows: Int32Array
  /** Number of the media shard. */
  readonly shard: Int32Array
  /** First byte in it. */
  readonly offset: Float64Array
  /** Bytes of the encoded picture. */
  readonly bytes: Float64Array
}

/** Columns of some pairs of one data set: entry i is about pair row `rows[i]`. */
export interface PlanIndex {
  /** Pair rows of queries and of every context that may be chosen for one, rising. */
  readonly rows: Int32Array
  /** Where the contexts of each entry begin in `contexts`, and behind the last entry their number. */
  readonly contextStart: Int32Array
  /** Pair rows that a query may have as contexts, in the order of its in-context function; none for entries that are only
   * contexts themselves. */
  readonly contexts: Int32Array
  /** Which end of them is near the query: 1 the first, 0 the last. */
  readonly nearFirst: Uint8Array
  /** Equal for entries that are about the same visuals, -1 for entries without any. */
  readonly visuals: Int32Array
  /** Where the media rows of each entry begin in `media`, and behind the last entry their number. */
  readonly mediaStart: Int32Array
  /** Media rows of the slots, frames chosen, in the order in which they stand. */
  readonly media: Int32Array
  /** Tokens of a turn with its marks, without what stands between it and the next; -1 = not known. */
  readonly tokens: Int32Array
  /** The same without marks, for a turn on the visuals of the turn before it. */
  readonly unmarkedTokens: Int32Array
  /** Of every row in `media`, where reads are planned. */
  readonly pictures?: PictureColumns
}

/** What is known of one pair. */
export interface IndexEntry {
  readonly row: number
  readonly contexts: readonly number[]
  readonly nearest: 'first' | 'last'
  /** Its visuals, before frames are chosen. */
  readonly visuals: readonly number[]
  readonly media: readonly number[]
  readonly tokens: number
  readonly unmarkedTokens: number
}

/** Columns of entries in any order; of several about one row, those with contexts count. */
export function buildIndex(entries: Iterable<IndexEntry>, pictures?: PictureColumns): PlanIndex {
  const byRow = new Map<number, IndexEntry>()
  for (const entry of entries) {
    if (entry.contexts.length > 0 || !byRow.has(entry.row)) byRow.set(entry.row, entry)
  }
  const sorted = [...byRow.values()].sort((a, b) => a.row - b.row)
  const column = (of: (entry: IndexEntry) => number) => Int32Array.from(sorted, of)
  const contexts = lists(sorted.map((entry) => entry.contexts))
  const media = lists(sorted.map((entry) => entry.media))
  const known = new Map<string, number>()
  const visualOf = ({ visuals }: IndexEntry) => {
    if (visuals.length === 0) return -1
    const name = visuals.join()
    const number = known.get(name) ?? known.size
    known.set(name, number)
    return number
  }
  return {
    rows: column(({ row }) => row),
    contextStart: contexts.start,
    contexts: contexts.values,
    nearFirst: Uint8Array.from(sorted, ({ nearest }) => (nearest === 'first' ? 1 : 0)),
    visuals: column(visualOf),
    mediaStart: media.start,
    media: media.values,
    tokens: column(({ tokens }) => tokens),
    unmarkedTokens: column(({ unmarkedTokens }) => unmarkedTokens),
    ...(pictures && { pictures }),
  }
}

function lists(all: readonly (readonly number[])[]): { readonly start: Int32Array; readonly values: Int32Array } {
  const start = new Int32Array(all.length + 1)
  for (const [i, list] of all.entries()) start[i + 1] = start[i]! + list.length
  const values = new Int32Array(start[all.length]!)
  for (const [i, list] of all.entries()) values.set(list, start[i])
  return { start, values }
}

/** The entry of a row in rising rows, or -1. */
export function entryOf(rows: Int32Array, row: number): number {
  // Rows of a window are mostly neighbours: then the place is known without a search.
  const guess = row - rows[0]!
  if (rows[guess] === row) return guess
  let low = 0
  let high = rows.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (rows[middle]! < row) low = middle + 1
    else high = middle
  }
  return rows[low] === row ? low : -1
}
