// Several processes that train together, in one.
import { expect } from 'vitest'
import type { StreamedBatch } from '../../src/loader/batch.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import type { LoaderOptions } from '../../src/loader/options.js'
import type { LoaderSource } from '../../src/loader/sources.js'
import { samplesOf } from './batches.js'

/** What each rank is given. */
export const ranksOf = (
  source: string | readonly LoaderSource[],
  options: LoaderOptions,
  worldSize: number,
  steps = 1000,
) =>
  Promise.all(
    Array.from({ length: worldSize }, async (_, rank) => {
      const taken: StreamedBatch[] = []
      for await (const batch of loadMimicIT(source, { ...options, rank, worldSize })) {
        if (taken.push(batch) === steps) break
      }
      return taken
    }),
  )

/** The ranks together have some batches: equal steps and rows, the samples rank after rank, the same faults and states. */
export function expectTogether(ranks: readonly (readonly StreamedBatch[])[], batches: readonly StreamedBatch[]): void {
  for (const rank of ranks) expect(rank.map(({ state }) => state)).toEqual(batches.map(({ state }) => state))
  for (const [i, batch] of batches.entries()) {
    const parts = ranks.map((rank) => rank[i]!)
    expect(new Set(parts.map(({ shape }) => shape.B)).size).toBe(1)
    expect(parts.flatMap(samplesOf)).toEqual(samplesOf(batch))
    expect(parts.flatMap(({ faults }) => faults)).toEqual(batch.faults)
  }
}
