// index/<table>.ids: from an id to its row. Records of 12 bytes, the first 8 bytes of the SHA-256 of the id's UTF-8 and
// the row (u32), sorted by hash (as bytes) and row. Hashes spread evenly, so a look-up guesses the place and reads one or
// two blocks; a hit is confirmed on the id column, since 8 bytes of hash do not prove anything.
import { createHash } from 'node:crypto'
import { MimicitError } from '../base/errors.js'
import type { IndexReader } from './index-file.js'

/** Bytes of one record. */
export const ID_RECORD_BYTES = 12

/** The hash of an id: its first 32 bits and the next 32, big-endian, so that numbers order like bytes. */
export function idHash(id: string): readonly [high: number, low: number] {
  const digest = createHash('sha256').update(id, 'utf8').digest()
  return [digest.readUInt32BE(0), digest.readUInt32BE(4)]
}

/** Collects ids while a table is written: 12 bytes each. */
export interface IdCollector {
  add(id: string, row: number): void
  /** The sorted records. */
  records(): Uint8Array
}

/** Starts empty. */
export function collectIds(): IdCollector {
  let capacity = 1024
  let count = 0
  let high = new Uint32Array(capacity)
  let low = new Uint32Array(capacity)
  let rows = new Uint32Array(capacity)
  const grow = (old: Uint32Array) => {
    const larger = new Uint32Array(capacity)
    larger.set(old)
    return larger
  }
  return {
    add(id, row) {
      if (count === capacity) {
        capacity *= 2
        high = grow(high)
        low = grow(low)
        rows = grow(rows)
      }
      const [a, b] = idHash(id)
      high[count] = a
      low[count] = b
      rows[count] = row
      count++
    },
    records() {
      // Sorting by one float that holds the first 53 bits is native and fast; ties are put right afterwards.
      const order = sortedOrder(high, low, rows, count)
      const bytes = new Uint8Array(count * ID_RECORD_BYTES)
      const view = new DataView(bytes.buffer)
      for (let i = 0; i < count; i++) {
        const from = order[i]!
        view.setUint32(i * ID_RECORD_BYTES, high[from]!, false)
        view.setUint32(i * ID_RECORD_BYTES + 4, low[from]!, false)
        view.setUint32(i * ID_RECORD_BYTES + 8, rows[from]!, true)
      }
      return bytes
    },
  }
}

/** Indices in the order (high, low, row), by a radix sort of 16 bits a pass. */
function sortedOrder(high: Uint32Array, low: Uint32Array, rows: Uint32Array, count: number): Uint32Array {
  let order = Uint32Array.from({ length: count }, (_, i) => i)
  let other = new Uint32Array(count)
  for (const [keys, shift] of [
    [rows, 0],
    [rows, 16],
    [low, 0],
    [low, 16],
    [high, 0],
    [high, 16],
  ] as const) {
    const starts = new Uint32Array(65537)
    for (let i = 0; i < count; i++) starts[((keys[i]! >>> shift) & 0xffff) + 1]!++
    for (let i = 0; i < 65536; i++) starts[i + 1]! += starts[i]!
    for (let i = 0; i < count; i++) {
      const from = order[i]!
      const bucket = (keys[from]! >>> shift) & 0xffff
      other[starts[bucket]!++] = from
    }
    ;[order, other] = [other, order]
  }
  return order
}

/** Ids of one hash of 64 bits at most: more than two have never been seen. */
const MOST_CANDIDATES = 16

const crowded = (found: number) =>
  new MimicitError('MIMICIT_CORRUPT', {
    expected: `at most ${MOST_CANDIDATES} ids of one hash`,
    where: 'an index of ids',
    received: `${found} or more`,
    hint: 'Rebuild the indexes with `mimicit index`.',
  })

/**
 * Rows whose id has this hash: candidates, almost always one or none.
 * @throws MimicitError MIMICIT_CORRUPT if there are more of them than there can be
 */
export async function findRows(index: IndexReader, id: string): Promise<number[]> {
  const [high, low] = idHash(id)
  const at = async (i: number) => {
    const record = await index.record(i)
    return [record.getUint32(0, false), record.getUint32(4, false), record.getUint32(8, true)] as const
  }
  const before = ([a, b]: readonly [number, number, number]) => a < high || (a === high && b < low)
  // Evenly spread hashes: the first guess is off by about the square root of the number of records.
  let left = 0
  let right = index.records
  const guess = Math.floor((high / 4294967296) * index.records)
  const reach = 64 + Math.ceil(4 * Math.sqrt(index.records))
  if (guess - reach > left && before(await at(guess - reach))) left = guess - reach + 1
  if (guess + reach < right && !before(await at(guess + reach))) right = guess + reach
  while (left < right) {
    const middle = (left + right) >> 1
    if (before(await at(middle))) left = middle + 1
    else right = middle
  }
  const rows: number[] = []
  for (let i = left; i < index.records; i++) {
    const [a, b, row] = await at(i)
    if (a !== high || b !== low) break
    // Each candidate is a row to be read, so an index of one hash all over would have its whole table read.
    if (rows.push(row) > MOST_CANDIDATES) throw crowded(rows.length)
  }
  return rows
}
