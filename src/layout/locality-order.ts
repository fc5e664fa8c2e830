// An order of pairs in which queries stand near their contexts: pairs are the nodes of a graph, contexts its edges, and
// clusters grow greedily, each time by the pair that has the most edges into what the cluster holds. Pure; memory is eight
// bytes an edge and some thirty a pair.

/** Contexts of every pair: those of row q are `contexts[starts[q]]` up to `contexts[starts[q + 1]]`. */
export interface ContextGraph {
  readonly starts: Int32Array
  readonly contexts: Int32Array
}

/** Edges of both directions: neighbours of a pair are its contexts and those whose context it is. */
function neighboursOf({ starts, contexts }: ContextGraph): ContextGraph {
  const rows = starts.length - 1
  const ends = new Int32Array(rows + 1)
  for (let row = 0; row < rows; row++) {
    for (let i = starts[row]!; i < starts[row + 1]!; i++) {
      ends[row + 1]!++
      ends[contexts[i]! + 1]!++
    }
  }
  for (let row = 0; row < rows; row++) ends[row + 1]! += ends[row]!
  const neighbours = new Int32Array(contexts.length * 2)
  const filled = ends.slice()
  for (let row = 0; row < rows; row++) {
    for (let i = starts[row]!; i < starts[row + 1]!; i++) {
      const other = contexts[i]!
      neighbours[filled[row]!++] = other
      neighbours[filled[other]!++] = row
    }
  }
  return { starts: ends, contexts: neighbours }
}

/** Edges that count at most: a pair with more of them is not told apart from one with as many. */
const MOST_EDGES = 255

/**
 * Orders rows so that neighbours come together.
 * @returns the row that stands at each place
 */
export function localityOrder(graph: ContextGraph): Int32Array {
  const { starts, contexts } = neighboursOf(graph)
  const rows = starts.length - 1
  const order = new Int32Array(rows)
  const edges = new Uint8Array(rows)
  const placed = new Uint8Array(rows)
  // Stacks of rows by number of edges: the last one found goes first, so that a cluster is finished before another begins.
  const stacks = createStacks(rows)
  let next = 0
  let seed = 0
  const place = (row: number) => {
    placed[row] = 1
    order[next++] = row
    for (let i = starts[row]!; i < starts[row + 1]!; i++) {
      const other = contexts[i]!
      if (placed[other] === 1) continue
      if (edges[other]! > 0) stacks.remove(other, edges[other]!)
      edges[other] = Math.min(MOST_EDGES, edges[other]! + 1)
      stacks.push(other, edges[other]!)
    }
  }
  while (next < rows) {
    const best = stacks.pop()
    if (best !== undefined) place(best)
    else {
      // A new cluster begins at the first row that is left, so that what has no contexts keeps its order.
      while (placed[seed] === 1) seed++
      place(seed)
    }
  }
  return order
}

/** Doubly linked stacks, one for each number of edges, in three arrays. */
function createStacks(rows: number) {
  const top = new Int32Array(MOST_EDGES + 1).fill(-1)
  const below = new Int32Array(rows).fill(-1)
  const above = new Int32Array(rows).fill(-1)
  let highest = 0
  const remove = (row: number, level: number) => {
    if (above[row]! >= 0) below[above[row]!] = below[row]!
    else top[level] = below[row]!
    if (below[row]! >= 0) above[below[row]!] = above[row]!
  }
  return {
    remove,
    push(row: number, level: number) {
      below[row] = top[level]!
      above[row] = -1
      if (top[level]! >= 0) above[top[level]!] = row
      top[level] = row
      highest = Math.max(highest, level)
    },
    pop(): number | undefined {
      while (highest > 0 && top[highest]! < 0) highest--
      if (highest === 0) return undefined
      const row = top[highest]!
      remove(row, highest)
      return row
    },
  }
}
