// A bound on bytes that are under way: whoever wants more waits for those before him to give theirs back, first come first
// served.

/** Bytes to be had. */
export interface ByteBudget {
  /**
   * Takes bytes, at once or when they are free. A piece larger than the whole budget is let through alone.
   * @returns gives them back; to be called once
   */
  take(bytes: number): Promise<() => void>
}

/** @param limit bytes that may be under way at once */
export function byteBudget(limit: number): ByteBudget {
  const waiting: { readonly bytes: number; go(): void }[] = []
  let taken = 0
  const fits = (bytes: number) => taken === 0 || taken + bytes <= limit
  const give = (bytes: number) => () => {
    taken -= bytes
    for (let next = waiting[0]; next !== undefined && fits(next.bytes); next = waiting[0]) {
      waiting.shift()
      taken += next.bytes
      next.go()
    }
  }
  return {
    async take(bytes) {
      // Nobody slips past those who wait, or a large piece would wait for ever.
      if (waiting.length === 0 && fits(bytes)) taken += bytes
      else await new Promise<void>((go) => waiting.push({ bytes, go }))
      return give(bytes)
    },
  }
}
