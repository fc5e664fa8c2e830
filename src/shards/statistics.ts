// Counts gathered while a data set is written, for the manifest: what `mimicit info` tells without reading any table.
import type { Media } from '../tuple/tuple.js'
import type { Manifest } from './manifest.js'
import type { PairRun } from './pair-run.js'
import type { WrittenPair } from './rows.js'
import { textUnits } from './text-place.js'

/** Counters that see every row once. */
export interface Statistics {
  media(row: Pick<Media, 'bytes'>): void
  pair(row: WrittenPair): void
  pairRun(run: PairRun): void
  subsets(): Manifest['subsets']
  summary(): Manifest['statistics']
}

/** Starts at zero, or at the counts of an earlier generation. */
export function createStatistics(before?: Pick<Manifest, 'subsets' | 'tables' | 'statistics'>): Statistics {
  const counts = before?.statistics
  const subsets = new Map(before?.subsets.map(({ name, pairs }) => [name, pairs]))
  const languages = new Map(Object.entries(counts?.languages ?? {}))
  const splits = new Map(Object.entries(counts?.splits ?? {}))
  const mediaKinds = new Map(Object.entries(counts?.mediaKinds ?? {}))
  // Of no pairs there is no least number.
  const any = (before?.tables.pairs.rows ?? 0) > 0
  let fewest = any ? counts!.mediaPerPair.min : Number.POSITIVE_INFINITY
  let most = any ? counts!.mediaPerPair.max : 0
  let pictureBytes = counts?.pictureBytes ?? 0
  let instructionCharacters = counts?.instructionCharacters ?? 0
  let responseCharacters = counts?.responseCharacters ?? 0
  const bump = (map: Map<string, number>, key: string, by = 1) => map.set(key, (map.get(key) ?? 0) + by)
  const sum = (numbers: Uint32Array) => numbers.reduce((total, each) => total + each, 0)
  const sorted = (map: Map<string, number>) => Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)))
  return {
    media(row) {
      pictureBytes += row.bytes.byteLength
    },
    pair(row) {
      bump(subsets, row.subset)
      bump(languages, row.language)
      if (row.split !== null) bump(splits, row.split)
      bump(mediaKinds, row.mediaKind)
      fewest = Math.min(fewest, row.media.length)
      most = Math.max(most, row.media.length)
      instructionCharacters += textUnits(row.instruction)
      responseCharacters += textUnits(row.response)
    },
    pairRun({ count, subset, language, mediaKind, instructions, responses, visuals }) {
      bump(subsets, subset, count)
      bump(languages, language, count)
      let without = visuals === undefined ? count : 0
      for (const length of visuals?.media.lengths ?? []) {
        if (length === 0) without++
        else most = Math.max(most, length)
        fewest = Math.min(fewest, length)
      }
      if (without > 0) fewest = 0
      if (without > 0) bump(mediaKinds, 'none', without)
      if (without < count) bump(mediaKinds, mediaKind, count - without)
      instructionCharacters += sum(instructions.units)
      responseCharacters += sum(responses.units)
    },
    subsets: () => [...subsets].map(([name, pairs]) => ({ name, pairs })),
    summary: () => ({
      languages: sorted(languages),
      splits: sorted(splits),
      mediaKinds: sorted(mediaKinds),
      mediaPerPair: { min: Number.isFinite(fewest) ? fewest : 0, max: most },
      pictureBytes,
      instructionCharacters,
      responseCharacters,
    }),
  }
}
