// index/media.loc: 24 bytes a picture, little-endian: shard u32, offset u64, length u32, first 8 bytes of the content's
// SHA-256. With it one picture is one read of exactly its bytes, verified.

import type { Span } from './picture-spans.js'

/** Bytes of one record. */
export const MEDIA_LOCATION_BYTES = 24
/** Bytes of a picture's SHA-256 that its location keeps. */
export const HASH_PREFIX_BYTES = 8

/** Where a picture lies. */
export interface MediaLocation {
  /** Number of the media shard, from 0. */
  readonly shard: number
  readonly offset: number
  readonly length: number
  /** The first 8 bytes of the SHA-256 of its bytes. */
  readonly hashPrefix: Uint8Array
}

/**
 * Encodes the places of pictures of one shard into records of the index file.
 * @param hashes SHA-256 of each, or its first bytes
 */
export function encodeMediaLocations(shard: number, spans: readonly Span[], hashes: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(spans.length * MEDIA_LOCATION_BYTES)
  const view = new DataView(bytes.buffer)
  for (const [row, { offset, length }] of spans.entries()) {
    const at = row * MEDIA_LOCATION_BYTES
    const hash = hashes[row]!
    view.setUint32(at, shard, true)
    view.setUint32(at + 4, offset % 2 ** 32, true)
    view.setUint32(at + 8, Math.floor(offset / 2 ** 32), true)
    view.setUint32(at + 12, length, true)
    for (let i = 0; i < HASH_PREFIX_BYTES; i++) bytes[at + HASH_PREFIX_AT + i] = hash[i]!
  }
  return bytes
}

/** Decodes the record at a byte of an index block. */
export function decodeMediaLocation(records: DataView, at = 0): MediaLocation {
  return {
    shard: shardAt(records, at),
    offset: offsetAt(records, at),
    length: lengthAt(records, at),
    hashPrefix: new Uint8Array(records.buffer, records.byteOffset + at + HASH_PREFIX_AT, HASH_PREFIX_BYTES),
  }
}

const HASH_PREFIX_AT = 16

// The parts of the record at a byte, for those who go through thousands of them.
export const shardAt = (records: DataView, at: number) => records.getUint32(at, true)
export const offsetAt = (records: DataView, at: number) =>
  records.getUint32(at + 4, true) + records.getUint32(at + 8, true) * 2 ** 32
export const lengthAt = (records: DataView, at: number) => records.getUint32(at + 12, true)

/** Whether a SHA-256 is that of the picture whose record stands at a byte. */
export function isPictureAt(hash: Uint8Array, records: DataView, at: number): boolean {
  for (let i = 0; i < HASH_PREFIX_BYTES; i++) if (hash[i] !== records.getUint8(at + HASH_PREFIX_AT + i)) return false
  return true
}

/** Whether a SHA-256 is that of the picture whose location has this prefix. */
export function isPicture(hash: Uint8Array, hashPrefix: Uint8Array): boolean {
  for (let i = 0; i < HASH_PREFIX_BYTES; i++) if (hash[i] !== hashPrefix[i]) return false
  return true
}
