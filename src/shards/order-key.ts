// The order key: a hash over the logical content of pairs and media that decides every shuffled order. Form,
// compression, paths, contexts and provenance are not in it, so adding a C_psi never reshuffles anybody's data.
import { sha256Stream } from '../base/hash.js'

/** Takes in one table's logical content, row by row. */
export interface OrderKeyTable {
  /** The ids of the next row: one for a pair, one or more for a picture. */
  row(ids: readonly string[]): void
  /** Several rows as the bytes that they are hashed as. */
  rows(bytes: Uint8Array, count: number): void
  /** Closes the table with its logical blocks (rows of each) and gives its hash. */
  finish(blocks: readonly number[]): Uint8Array
}

/**
 * Starts the hash of one table. A row is the number of its ids (u32) and for each its UTF-8 length (u32) and bytes;
 * after the rows come the row count and, for each block, its rows (u32 each). All little-endian.
 */
export function orderKeyTable(name: 'pairs' | 'media'): OrderKeyTable {
  const hash = sha256Stream()
  hash.update(`${name}\n`)
  let rows = 0
  // Gathered first: a row is a few dozen bytes, and a call of the hash costs more than those.
  let pending = Buffer.allocUnsafeSlow(1 << 16)
  let filled = 0
  const reserve = (bytes: number) => {
    if (filled + bytes <= pending.byteLength) return
    hash.update(pending.subarray(0, filled))
    filled = 0
    if (bytes > pending.byteLength) pending = Buffer.allocUnsafeSlow(bytes)
  }
  const add = (value: number) => {
    reserve(4)
    filled = pending.writeUInt32LE(value, filled)
  }
  return {
    row(ids) {
      rows++
      add(ids.length)
      for (const id of ids) {
        // A UTF-16 unit is three bytes of UTF-8 at most.
        reserve(4 + 3 * id.length)
        const length = pending.write(id, filled + 4, 'utf8')
        pending.writeUInt32LE(length, filled)
        filled += 4 + length
      }
    },
    rows(bytes, count) {
      rows += count
      reserve(bytes.byteLength)
      pending.set(bytes, filled)
      filled += bytes.byteLength
    },
    finish(blocks) {
      add(rows)
      for (const block of blocks) add(block)
      return hash.update(pending.subarray(0, filled)).digest()
    },
  }
}

/** SHA-256 over the hashes of the two tables, pairs first, as 64 hex digits. */
export function orderKey(pairs: Uint8Array, media: Uint8Array): string {
  return sha256Stream().update('mimicit order key 1\n').update(pairs).update(media).digest('hex')
}
