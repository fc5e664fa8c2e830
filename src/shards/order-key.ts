// The order key: a hash over the logical content of pairs and media that decides every shuffled order. Form,
// compression, paths, contexts and provenance are not in it, so adding a C_psi never reshuffles anybody's data.
import { sha256Stream } from '../base/hash.js'

/** Takes in one table's logical content, row by row. */
export interface OrderKeyTable {
  /** The ids of the next row: one for a pair, one or more for a picture. */
  row(ids: readonly string[]): void
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
  return {
    row(ids) {
      rows++
      hash.update(u32(ids.length))
      for (const id of ids) {
        const bytes = Buffer.from(id, 'utf8')
        hash.update(u32(bytes.byteLength))
        hash.update(bytes)
      }
    },
    finish(blocks) {
      hash.update(u32(rows))
      for (const block of blocks) hash.update(u32(block))
      return hash.digest()
    },
  }
}

/** SHA-256 over the hashes of the two tables, pairs first, as 64 hex digits. */
export function orderKey(pairs: Uint8Array, media: Uint8Array): string {
  return sha256Stream().update('mimicit order key 1\n').update(pairs).update(media).digest('hex')
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}
