// index/media.loc: 24 bytes a picture, little-endian: shard u32, offset u64, length u32, first 8 bytes of the content's
// SHA-256. With it one picture is one read of exactly its bytes, verified.

/** Bytes of one record. */
export const MEDIA_LOCATION_BYTES = 24

/** Where a picture lies. */
export interface MediaLocation {
  /** Number of the media shard, from 0. */
  readonly shard: number
  readonly offset: number
  readonly length: number
  /** The first 8 bytes of the SHA-256 of its bytes. */
  readonly hashPrefix: Uint8Array
}

/** Encodes locations into the records of the index file. */
export function encodeMediaLocations(locations: readonly MediaLocation[]): Uint8Array {
  const bytes = new Uint8Array(locations.length * MEDIA_LOCATION_BYTES)
  const view = new DataView(bytes.buffer)
  locations.forEach((location, row) => {
    const at = row * MEDIA_LOCATION_BYTES
    view.setUint32(at, location.shard, true)
    view.setBigUint64(at + 4, BigInt(location.offset), true)
    view.setUint32(at + 12, location.length, true)
    bytes.set(location.hashPrefix.subarray(0, 8), at + 16)
  })
  return bytes
}

/** Decodes one record. */
export function decodeMediaLocation(record: DataView): MediaLocation {
  return {
    shard: record.getUint32(0, true),
    offset: Number(record.getBigUint64(4, true)),
    length: record.getUint32(12, true),
    hashPrefix: new Uint8Array(record.buffer, record.byteOffset + 16, 8),
  }
}
