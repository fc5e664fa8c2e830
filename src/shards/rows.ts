// Column values as tuples and back: the one place that knows which column is which field.
import type { ContextRow, Media, MediaKind, Pair, Split } from '../tuple/tuple.js'
import type { Columns } from './shard.js'
import type { Row } from './table-writer.js'
import { type Text, textUnits } from './text-place.js'

/** A pair as it is written: its texts may be places. */
export type WrittenPair = Omit<Pair, 'instruction' | 'response'> & {
  readonly instruction: Text
  readonly response: Text
}

/** A picture's row without its bytes. */
export interface MediaFacts {
  readonly ids: readonly string[]
  readonly width: number
  readonly height: number
  readonly byteLength: number
  readonly format: string
  readonly clip: string | null
  readonly frameTime: number | null
  readonly sha256: Uint8Array
}

/** Columns that `mediaFacts` needs. */
export const MEDIA_FACT_COLUMNS = ['ids', 'width', 'height', 'byte_length', 'format', 'clip', 'frame_time', 'sha256']

/** Columns of a pair that say what its turn is about, apart from its texts. */
export const TURN_FACT_COLUMNS = ['id', 'subset', 'media_kind', 'media', 'media_positions', 'media_times']
/** Columns of a pair that a turn is made of. */
export const TURN_COLUMNS = [...TURN_FACT_COLUMNS, 'instruction', 'response']

const at = <T>(columns: Columns, name: string, index: number): T => columns[name]?.[index] as T

/** The pair at an index of a row group, as far as its columns were read. */
export function pairAt(columns: Columns, index: number): Pair {
  return {
    id: at(columns, 'id', index),
    subset: at(columns, 'subset', index),
    split: at<Split | undefined>(columns, 'split', index) ?? null,
    language: at(columns, 'language', index),
    instruction: at(columns, 'instruction', index),
    response: at(columns, 'response', index),
    mediaKind: at<MediaKind>(columns, 'media_kind', index),
    media: at(columns, 'media', index),
    mediaIds: at(columns, 'media_ids', index),
    mediaPositions: at<number[] | undefined>(columns, 'media_positions', index) ?? null,
    mediaTimes: at<number[] | undefined>(columns, 'media_times', index) ?? null,
    metadata: at<string | undefined>(columns, 'metadata', index) ?? null,
  }
}

/** The picture at an index of a row group, without its bytes. */
export function mediaFactsAt(columns: Columns, index: number): MediaFacts {
  return {
    ids: at(columns, 'ids', index),
    width: at(columns, 'width', index),
    height: at(columns, 'height', index),
    byteLength: at(columns, 'byte_length', index),
    format: at(columns, 'format', index),
    clip: at<string | undefined>(columns, 'clip', index) ?? null,
    frameTime: at<number | undefined>(columns, 'frame_time', index) ?? null,
    sha256: at(columns, 'sha256', index),
  }
}

/** The context row at an index of a row group. */
export function contextRowAt(columns: Columns, index: number): ContextRow {
  return {
    query: at(columns, 'query', index),
    contexts: at(columns, 'contexts', index),
    scores: at<number[] | undefined>(columns, 'scores', index) ?? null,
  }
}

/** About how many bytes the row of a pair takes. @param units of its texts */
export const pairBytes = (units: number, media: number): number => units * 2 + 200 + media * 40

/** The columns of a pair, and about how many bytes they take. */
export function pairTableRow(pair: WrittenPair): [row: Row, bytes: number] {
  const characters = textUnits(pair.instruction) + textUnits(pair.response) + (pair.metadata?.length ?? 0)
  return [
    {
      id: pair.id,
      subset: pair.subset,
      split: pair.split,
      language: pair.language,
      instruction: pair.instruction,
      response: pair.response,
      media_kind: pair.mediaKind,
      media: pair.media,
      media_ids: pair.mediaIds,
      media_positions: pair.mediaPositions,
      media_times: pair.mediaTimes,
      metadata: pair.metadata,
    },
    pairBytes(characters, pair.media.length),
  ]
}

/** The columns of a picture, and about how many bytes they take. */
export function mediaTableRow(media: Media): [row: Row, bytes: number] {
  const path = `${media.ids[0] ?? ''}.${media.format === 'jpeg' ? 'jpg' : media.format}`
  return [
    {
      ids: media.ids,
      image: { bytes: media.bytes, path },
      width: media.width,
      height: media.height,
      byte_length: media.bytes.byteLength,
      format: media.format,
      clip: media.clip,
      frame_time: media.frameTime,
      sha256: media.sha256,
    },
    media.bytes.byteLength + 100,
  ]
}
