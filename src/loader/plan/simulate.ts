// What an epoch will cost, from its plan alone: which pictures are decoded how often with how much memory, which reads bring
// them, how mixed the samples are, how much of the rows is padding. Pure; steps are told one after the other.
import { ForesightCache } from '../../base/foresight-cache.js'
import type { JoinLimits } from '../../io/coalesce.js'
import type { Foresight } from './foresight.js'
import { liveThings } from './live-things.js'
import { readsOf } from './plan.js'
import { entryOf, type PictureColumns } from './plan-index.js'
import type { PlannedSample } from './planned.js'
import { type Spread, spreadOf } from './spread.js'

/** What a simulation needs to know. */
export interface SimulationFacts {
  /** Where the pictures of each source lie. */
  readonly pictures: readonly PictureColumns[]
  /** How reads are joined. */
  readonly join: JoinLimits
  /** Bytes of a picture that is decoded and kept. */
  readonly pictureBytes: number
  /** Bytes of decoded pictures that are kept. */
  readonly reuseBytes: number
  /** Further sizes of that memory to compare with. */
  readonly compareBytes: readonly number[]
}

/** What an epoch costs. */
export interface SimulationReport {
  readonly steps: number
  readonly samples: number
  /** Samples that cannot be used, as far as their texts and tables show. */
  readonly faults: number
  readonly contexts: number
  readonly pictures: {
    /** By samples, each picture of a sample once. */
    readonly uses: number
    readonly distinct: number
    /** With `reuseBytes` of decoded pictures, at most: batches that are made at the same time share pictures that no memory would
     * have kept, how many depends on who is quicker. As many as are distinct are decoded in any case. */
    readonly decoded: number
    /** With other memory, at most. */
    readonly compared: readonly { readonly bytes: number; readonly decoded: number }[]
    /** The least memory of decoded pictures with which each can be decoded once. */
    readonly onceBytes: number
  }
  /** For the pictures that are decoded, so at most. */
  readonly reads: {
    readonly requests: number
    readonly bytes: number
    /** Bytes of the pictures that they are made for. */
    readonly used: number
  }
  /** Cells of all rows; undefined where token counts are not known. */
  readonly padding: SimulatedPadding | undefined
  /** How far apart in the data samples lie that follow each other: 1 = as far as in a random order, 0 = next to each other. */
  readonly shuffle: number
}

/** Cells of rows, and those of them that hold nothing. */
export interface SimulatedPadding {
  readonly tokens: number
  readonly paddingTokens: number
}

/** An epoch that is gone through. */
export interface Simulation {
  /** The rows of a step on all ranks together, contents planned. */
  step(rows: readonly (readonly PlannedSample[])[], foresight: Foresight): void
  report(): SimulationReport
}

/** Sources have fewer pictures than this. */
const SOURCE = 2 ** 32

/** Begins an epoch. */
export function createSimulation(facts: SimulationFacts): Simulation {
  const { pictures, join, pictureBytes, reuseBytes, compareBytes } = facts
  const live = liveThings()
  /** Pictures that are kept by each size of memory, the first one that of the stream; a picture counts as one. */
  const kept = [reuseBytes, ...compareBytes].map(
    (bytes) => new ForesightCache<number, true>(Math.floor(bytes / pictureBytes)),
  )
  const decoded = kept.map(() => 0)
  const spread: Spread = spreadOf()
  const counts = { steps: 0, samples: 0, faults: 0, contexts: 0, uses: 0 }
  const reads = { requests: 0, bytes: 0, used: 0 }
  const cells = { tokens: 0, paddingTokens: 0 }
  let known = true

  /** Pictures of a step, source by source, in the order in which they are used first. */
  const mediaOf = (samples: readonly PlannedSample[]) => {
    const media = pictures.map(() => new Set<number>())
    for (const { source, content } of samples) {
      for (const row of content!.media) media[source]!.add(row)
      counts.uses += content!.media.length
    }
    return media
  }
  const fetch = (source: number, rows: readonly number[]) => {
    for (const read of readsOf(pictures[source]!, rows, join)) {
      reads.requests++
      reads.bytes += read.length
    }
    for (const row of rows) reads.used += bytesOf(pictures[source]!, row)
  }

  return {
    step(rows, { at, nextUse }) {
      const made: (() => void)[] = []
      const samples = rows.flat()
      counts.steps++
      counts.samples += samples.length
      for (const { source, row, content } of samples) {
        spread.add(source, row)
        if (content!.fault !== undefined) counts.faults++
        counts.contexts += content!.contexts.length
        if (content!.tokens < 0) known = false
      }
      for (const [source, media] of mediaOf(samples).entries()) {
        const missing: number[] = []
        for (const row of media) {
          const picture = source * SOURCE + row
          live.use(picture)
          const next = nextUse(source, row)
          for (const [i, cache] of kept.entries()) {
            if (cache.get(picture, next) !== undefined) continue
            decoded[i]!++
            if (i === 0) missing.push(row)
            made.push(() => cache.set(picture, true, 1, next))
          }
        }
        if (missing.length > 0) fetch(source, missing)
      }
      // Pictures of a step are asked for together, and kept when they have been decoded.
      for (const keep of made) keep()
      for (const cache of kept) cache.passed(at)
      live.next()
      const lengths = rows.map((row) => row.reduce((sum, { content }) => sum + content!.tokens, 0))
      const longest = lengths.reduce((most, length) => Math.max(most, length), 1)
      cells.tokens += longest * rows.length
      for (const length of lengths) cells.paddingTokens += longest - length
    },
    report: () => ({
      ...{ steps: counts.steps, samples: counts.samples, faults: counts.faults, contexts: counts.contexts },
      pictures: {
        ...{ uses: counts.uses, distinct: live.distinct, decoded: decoded[0]! },
        compared: compareBytes.map((bytes, i) => ({ bytes, decoded: decoded[i + 1]! })),
        onceBytes: live.most() * pictureBytes,
      },
      reads: { ...reads },
      padding: known ? { ...cells } : undefined,
      shuffle: spread.quality(),
    }),
  }
}

function bytesOf({ rows, bytes }: PictureColumns, row: number): number {
  return bytes[entryOf(rows, row)] ?? 0
}
