// Column values as tuples: the one place that knows which column is which field.
import type { ContextRow, MediaKind, Pair, Split } from '../tuple/tuple.js'
import type { Columns } from './shard.js'

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

const at = <T>(columns: Columns, name: string, index: number): T => columns[name]?.[index] as T

/** The pair at an index of a row group. */
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
