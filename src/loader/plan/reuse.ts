// What a cache that forgets what was not used for longest does with a sequence of uses, for every size of it at once: a use is
// a hit of every cache that holds as many things as were used since the last use of the same one.

/** Counts the uses of things. */
export interface ReuseCounter {
  /** A thing is used. @returns how many others were used since it was used last; Infinity for the first time */
  use(thing: number): number
  /** Things that were used. */
  readonly distinct: number
  readonly uses: number
}

/** A counter that has seen nothing. Memory is some bytes a use; a use costs the logarithm of their number. */
export function countReuse(): ReuseCounter {
  const last = new Map<number, number>()
  /** A Fenwick tree over times: 1 at the time of the last use of each thing. */
  let tree = new Int32Array(1024)
  let now = 0
  const add = (time: number, value: number) => {
    for (let at = time; at < tree.length; at += at & -at) tree[at]! += value
  }
  const upTo = (time: number) => {
    let sum = 0
    for (let at = time; at > 0; at -= at & -at) sum += tree[at]!
    return sum
  }
  const grow = () => {
    tree = new Int32Array(2 * tree.length)
    for (const time of last.values()) add(time, 1)
  }
  return {
    use(thing) {
      now++
      if (now >= tree.length) grow()
      const before = last.get(thing)
      const between = before === undefined ? Number.POSITIVE_INFINITY : last.size - upTo(before)
      if (before !== undefined) add(before, -1)
      add(now, 1)
      last.set(thing, now)
      return between
    },
    get distinct() {
      return last.size
    },
    get uses() {
      return now
    },
  }
}
