// Pairs of one file that differ in nothing but ids, texts and visuals, as columns: a million objects of pairs, and of their
// rows, cost more than the compression of their texts.

import type { NumberLists } from './packed-column.js'
import type { PlacedSpans } from './placed-texts.js'
import { pairBytes } from './rows.js'
import type { RowRun } from './table-writer.js'

/** Such pairs. */
export interface PairRun {
  readonly count: number
  /** The file that all of it lies in. */
  readonly path: string
  readonly ids: PlacedSpans
  readonly instructions: PlacedSpans
  readonly responses: PlacedSpans
  /** Two numbers an id: the first 64 bits of its SHA-256 (ids-index.ts). */
  readonly idHashes: Uint32Array
  /** Rows of the order key (order-key.ts). */
  readonly keyRows: Uint8Array
  readonly subset: string
  readonly language: string
  /** Of pairs that have visuals. */
  readonly mediaKind: 'images' | 'video'
  /** Rows and names of the visuals of each pair; undefined if none has any. */
  readonly visuals: PairVisuals | undefined
}

/** Visuals of pairs. */
export interface PairVisuals {
  readonly media: NumberLists
  /** A name for each of these numbers. */
  readonly names: PlacedSpans
}

/** Such pairs as rows of their table. */
export function pairRunRows({ count, ...run }: PairRun): RowRun {
  const { instructions, responses, visuals } = run
  return {
    count,
    bytesOf: (i) => pairBytes(instructions.units[i]! + responses.units[i]!, visuals?.media.lengths[i] ?? 0),
    push(columns, from, to) {
      const rows = to - from
      const same = (name: string, value: unknown) => columns[name]!.pushSame(value, rows)
      columns.id!.pushPlaced(run.path, run.ids, from, to)
      columns.instruction!.pushPlaced(run.path, instructions, from, to)
      columns.response!.pushPlaced(run.path, responses, from, to)
      same('subset', run.subset)
      same('language', run.language)
      for (const name of ['split', 'media_positions', 'media_times', 'metadata']) same(name, null)
      if (visuals === undefined) {
        same('media_kind', 'none')
        same('media', NO_LIST)
        same('media_ids', NO_LIST)
        return
      }
      const { media, names } = visuals
      for (let i = from; i < to; i++) columns.media_kind!.push(media.lengths[i] === 0 ? 'none' : run.mediaKind)
      columns.media!.pushLists(media, from, to)
      columns.media_ids!.pushPlacedLists(run.path, names, media.lengths, from, to)
    },
  }
}

const NO_LIST: readonly never[] = []
