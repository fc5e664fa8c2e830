// How well samples are mixed: how far apart in their data set those lie that follow each other in a stream, against how far
// apart any two of them lie. 1 is what a permutation of everything has, 0 the order of the data.

/** Hears the samples of a stream one after the other. */
export interface Spread {
  /** @param row pair row of the sample in the data set of its source */
  add(source: number, row: number): void
  /** 0 to about 1; 1 where there is nothing to mix. */
  quality(): number
}

/** A measure that has heard nothing. Memory is eight bytes a sample. */
export function spreadOf(): Spread {
  const rows: number[][] = []
  const distances: number[] = []
  return {
    add(source, row) {
      rows[source] ??= []
      const own = rows[source]
      const before = own.at(-1)
      if (before !== undefined) distances[source] = (distances[source] ?? 0) + Math.abs(row - before)
      own.push(row)
    },
    quality() {
      let [apart, expected] = [0, 0]
      for (const [source, own] of rows.entries()) {
        if (own === undefined || own.length < 2) continue
        apart += distances[source]!
        expected += (own.length - 1) * meanDistance(own)
      }
      // The neighbours of an order lie one apart at least, which is no mixing.
      return expected === 0 ? 1 : apart / expected
    },
  }
}

/** Of any two of some numbers. */
function meanDistance(numbers: readonly number[]): number {
  const sorted = Float64Array.from(numbers).sort()
  const n = sorted.length
  const sum = sorted.reduce((total, number, i) => total + (2 * i - n + 1) * number, 0)
  return (2 * sum) / (n * (n - 1))
}
