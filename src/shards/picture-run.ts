// A run: pictures that lie one after the other in a shard, as their records of index/media.loc describe them. It stays
// raw records until its bytes are there, since an object a picture would cost more than finding it.
import { sha256 } from '../base/hash.js'
import type { ReadableFile } from '../io/store.js'
import { isPictureAt, lengthAt, MEDIA_LOCATION_BYTES, offsetAt, shardAt } from './media-location.js'
import type { Span } from './picture-spans.js'

/** Pictures that lie together in one shard, with a few bytes of page header between them. */
export interface PictureRun {
  readonly file: ReadableFile
  readonly firstRow: number
  /** One record of `index/media.loc` a picture. */
  readonly records: DataView
}

/**
 * How many of some pictures make one run: those that follow each other in the shard of the first, inside `fileBytes`.
 * @param runBytes bytes of a run at most, unless the first picture alone is larger
 * @returns at least 1
 */
export function countRun(records: DataView, runBytes: number, fileBytes: number): number {
  const shard = shardAt(records, 0)
  const start = offsetAt(records, 0)
  const most = Math.min(fileBytes, start + runBytes)
  let end = start + lengthAt(records, 0)
  let at = MEDIA_LOCATION_BYTES
  for (; at < records.byteLength; at += MEDIA_LOCATION_BYTES) {
    const offset = offsetAt(records, at)
    const next = offset + lengthAt(records, at)
    if (shardAt(records, at) !== shard || offset < end || next > most) break
    end = next
  }
  return at / MEDIA_LOCATION_BYTES
}

/** From the first byte of a run to its last. */
export function extentOf(records: DataView): Span {
  const offset = offsetAt(records, 0)
  const last = records.byteLength - MEDIA_LOCATION_BYTES
  return { offset, length: offsetAt(records, last) + lengthAt(records, last) - offset }
}

/** The pictures of a run, as views of its bytes. */
export function picturesOf(bytes: Uint8Array, records: DataView): Uint8Array[] {
  const { buffer, byteOffset } = bytes
  const start = offsetAt(records, 0)
  const pictures = new Array<Uint8Array>(records.byteLength / MEDIA_LOCATION_BYTES)
  for (let i = 0, at = 0; i < pictures.length; i++, at += MEDIA_LOCATION_BYTES) {
    pictures[i] = new Uint8Array(buffer, byteOffset + offsetAt(records, at) - start, lengthAt(records, at))
  }
  return pictures
}

/** The first picture of a run that is not what was stored, or -1. */
export function findDamaged(pictures: readonly Uint8Array[], records: DataView): number {
  return pictures.findIndex((bytes, i) => !isPictureAt(sha256(bytes), records, i * MEDIA_LOCATION_BYTES))
}
