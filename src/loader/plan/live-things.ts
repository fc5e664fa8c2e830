// How many things are alive at once, from the step that uses a thing first to the one that uses it last: so many have to be
// kept for each to be made once.

/** Hears of uses, step by step. */
export interface LiveThings {
  use(thing: number): void
  /** Begins the next step. */
  next(): void
  /** Things that were used. */
  readonly distinct: number
  /** The most that were alive in one step. */
  most(): number
}

/** Memory is some bytes a thing. */
export function liveThings(): LiveThings {
  const first = new Map<number, number>()
  const last = new Map<number, number>()
  let step = 0
  return {
    use(thing) {
      if (!first.has(thing)) first.set(thing, step)
      last.set(thing, step)
    },
    next() {
      step++
    },
    get distinct() {
      return first.size
    },
    most() {
      const change = new Int32Array(step + 2)
      for (const at of first.values()) change[at]!++
      for (const at of last.values()) change[at + 1]!--
      let [alive, most] = [0, 0]
      for (const by of change) {
        alive += by
        most = Math.max(most, alive)
      }
      return most
    },
  }
}
