// Sets of nodes that grow together (union-find) with the least hash of each set, in typed arrays. Nodes of two ranks: if a
// set has any of the upper rank, its least hash is the least among those.

/** Sets of nodes. */
export interface Forest {
  readonly size: number
  /** Gives a node that is alone so far its hash. */
  set(node: number, high: number, low: number): void
  /** A new node. */
  add(high: number, low: number, upper: boolean): number
  /** The node that stands for the set of a node. */
  find(node: number): number
  /** Makes the sets of two nodes one. */
  join(a: number, b: number): void
  /** Joins nodes of the same hash among those that the forest started with. */
  joinEqual(): void
  /** The least hash of the set of a node. */
  least(node: number): [high: number, low: number]
}

/** Starts with `count` nodes of the lower rank, each a set of its own. */
export function createForest(count: number): Forest {
  let size = count
  let parent = Int32Array.from({ length: count }, (_, node) => node)
  let highs = new Uint32Array(count)
  let lows = new Uint32Array(count)
  let upper = new Uint8Array(count)

  const reserve = () => {
    if (size < parent.length) return
    const room = Math.max(1024, size * 2)
    const larger = <A extends Int32Array | Uint32Array | Uint8Array>(next: A, old: A) => {
      next.set(old)
      return next
    }
    parent = larger(new Int32Array(room), parent)
    highs = larger(new Uint32Array(room), highs)
    lows = larger(new Uint32Array(room), lows)
    upper = larger(new Uint8Array(room), upper)
  }
  const find = (node: number): number => {
    let at = node
    // Halving the path on the way keeps every later walk short.
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!
      at = parent[at]!
    }
    return at
  }
  const before = (a: number, b: number) => {
    if (upper[a] !== upper[b]) return upper[a]! > upper[b]!
    return highs[a]! < highs[b]! || (highs[a] === highs[b] && lows[a]! < lows[b]!)
  }
  const join = (a: number, b: number) => {
    const [left, right] = [find(a), find(b)]
    if (left === right) return
    // The node with the least hash stands for the set, so nothing else has to be kept.
    if (before(left, right)) parent[right] = left
    else parent[left] = right
  }
  return {
    get size() {
      return size
    },
    set(node, high, low) {
      highs[node] = high
      lows[node] = low
    },
    add(high, low, isUpper) {
      reserve()
      parent[size] = size
      highs[size] = high
      lows[size] = low
      upper[size] = isUpper ? 1 : 0
      return size++
    },
    find,
    join,
    joinEqual() {
      // Half of the hash above the number of the node: one sort of numbers brings equal hashes together.
      const sorted = BigUint64Array.from({ length: count }, (_, node) => (BigInt(highs[node]!) << 32n) | BigInt(node))
      sorted.sort()
      const nodeAt = (k: number) => Number(sorted[k]! & 0xffffffffn)
      let first = 0
      for (let i = 0; i < count; i++) {
        const node = nodeAt(i)
        if (highs[nodeAt(first)] !== highs[node]) first = i
        // Other hashes with the same half are one in millions.
        for (let k = first; k < i; k++) {
          if (lows[nodeAt(k)] !== lows[node]) continue
          join(nodeAt(k), node)
          break
        }
      }
    },
    least(node) {
      const top = find(node)
      return [highs[top]!, lows[top]!]
    },
  }
}
