// The mixture of a data set whose pairs go to other rows: each entry keeps what it says of its source, with the range and
// the subsets of the pairs that remain of it. An entry of which none remains is gone.
import type { MixtureRecord } from '../shards/manifest.js'
import { mappedRange } from './copy-rows.js'

/** The entries with their pairs where `pairs` puts them: the new row of each old one, -1 where it is left out. */
export function mappedMixture(mixture: readonly MixtureRecord[] = [], pairs: Int32Array): MixtureRecord[] {
  return mixture.flatMap((entry) => {
    const range = mappedRange(entry.pairs, pairs)
    return range.from === range.to ? [] : [{ ...entry, pairs: range }]
  })
}

/** A mixture while pairs are chosen one by one. */
export interface MixtureChoice {
  /** @param row the old row of a pair that remains */
  keep(row: number, subset: string): void
  /** What the entries say when all were told. */
  mapped(pairs: Int32Array): MixtureRecord[]
}

/** Starts with no pair chosen. */
export function chooseMixture(mixture: readonly MixtureRecord[] = []): MixtureChoice {
  const remaining = mixture.map((entry) => ({ entry, subsets: new Set<string>() }))
  return {
    keep(row, subset) {
      for (const { entry, subsets } of remaining) {
        if (row >= entry.pairs.from && row < entry.pairs.to) subsets.add(subset)
      }
    },
    mapped(pairs) {
      const entries = remaining.map(({ entry, subsets }) => ({
        ...entry,
        ...(entry.subsets && { subsets: entry.subsets.filter((name) => subsets.has(name)) }),
      }))
      return mappedMixture(entries, pairs)
    },
  }
}
