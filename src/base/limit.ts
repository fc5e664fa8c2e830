// At most so many at once, first come first served.

/** Runs work when there is a free place. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>

/** @param places how many may run at once */
export function limit(places: number): Limit {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= places) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await work()
    } finally {
      // The place goes straight to the next in line, so that nobody can slip in between.
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
