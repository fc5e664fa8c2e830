// index/<table>.ids: from an id to its row. Records of 12 bytes, the first 8 bytes of the SHA-256 of the id's UTF-8 and
// the row (u32), sorted by hash (as bytes) and row. Hashes spread evenly, so a look-up guesses the place and reads one or
// two blocks; a hit is confirmed on the id column, since 8 bytes of hash do not prove anything.
import { createHash } from 'node:crypto'
import { MimicitError } from '../base/errors.js'
import { isShort, shortHash } from '../base/short-hash.js'
import { namelessSpill, type Spill } from '../io/spill.js'
import type { IndexReader } from './index-file.js'

/** Bytes of one record. */
export const ID_RECORD_BYTES = 12

/** The hash of an id: its first 32 bits and the next 32, big-endian, so that numbers order like bytes. */
export function idHash(id: string): readonly [high: number, low: number] {
  if (isShort(id)) return shortHash(id)
  const digest = createHash('sha256').update(id, 'utf8').digest()
  return [digest.readUInt32BE(0), digest.readUInt32BE(4)]
}

/** Collects ids while a table is written: 12 bytes each. */
export interface IdCollector {
  add(id: string, row: number): void
  /** Adds ids of rows that follow each other, by their hashes: two numbers an id. */
  addHashes(hashes: Uint32Array, firstRow: number): void
  /** Nothing is added any more: what is in memory is put away, if it is much. */
  close(): void
  /** The sorted records, in pieces; nothing is added afterwards. */
  records(): Iterable<Uint8Array>
}

/** Ids that are kept in memory: sorted and written away when there are more. */
const RUN_IDS = 1 << 18
/** Fewer stay in memory until the end. */
const FEW_IDS = 1 << 14
/** Records of a sorted run that are read at a time. */
const WINDOW_IDS = 4096

/**
 * Starts empty.
 * @param directory where sorted runs of a quarter of a million ids each wait for the end; without one all stays in memory
 * @param runIds ids of a run
 */
export function collectIds(directory?: string, runIds = RUN_IDS): IdCollector {
  let capacity = 1024
  let count = 0
  let high = new Uint32Array(capacity)
  let low = new Uint32Array(capacity)
  let rows = new Uint32Array(capacity)
  let spill: Spill | undefined
  const runs: { at: number; readonly end: number }[] = []
  const grow = (old: Uint32Array) => {
    const larger = new Uint32Array(capacity)
    larger.set(old)
    return larger
  }
  const sorted = () => {
    const order = sortedOrder(high, low, rows, count)
    const bytes = Buffer.alloc(count * ID_RECORD_BYTES)
    for (let i = 0; i < count; i++) {
      const from = order[i]!
      bytes.writeUInt32BE(high[from]!, i * ID_RECORD_BYTES)
      bytes.writeUInt32BE(low[from]!, i * ID_RECORD_BYTES + 4)
      bytes.writeUInt32LE(rows[from]!, i * ID_RECORD_BYTES + 8)
    }
    return bytes
  }
  const putAway = (where: string) => {
    spill ??= namelessSpill(where)
    const at = spill.add(sorted())
    runs.push({ at, end: spill.byteLength })
    count = 0
  }
  const addHash = (a: number, b: number, row: number) => {
    if (count === runIds && directory !== undefined) putAway(directory)
    if (count === capacity) {
      capacity *= 2
      high = grow(high)
      low = grow(low)
      rows = grow(rows)
    }
    high[count] = a
    low[count] = b
    rows[count] = row
    count++
  }
  const isDone = () => capacity === 0
  return {
    close() {
      if (directory === undefined || isDone() || count < FEW_IDS) return
      putAway(directory)
      capacity = 0
      high = low = rows = new Uint32Array(0)
    },
    add(id, row) {
      addHash(...idHash(id), row)
    },
    addHashes(hashes, firstRow) {
      for (let i = 0; 2 * i < hashes.length; i++) addHash(hashes[2 * i]!, hashes[2 * i + 1]!, firstRow + i)
    },
    *records() {
      if (runs.length === 0) {
        if (count > 0) yield sorted()
        return
      }
      if (!isDone()) putAway(directory!)
      yield* merged(spill!, runs)
      spill!.close()
    },
  }
}

/** Sorted runs as one. Nothing is made for a record: there are millions of them. */
function* merged(spill: Spill, runs: readonly { at: number; readonly end: number }[]): Generator<Uint8Array> {
  const heads = runs.map((run) => ({ run, window: Buffer.alloc(0), at: 0, high: 0, low: 0, row: 0 }))
  type Head = (typeof heads)[number]
  const isBefore = (a: Head, b: Head) =>
    a.high !== b.high ? a.high < b.high : a.low !== b.low ? a.low < b.low : a.row < b.row
  /** @returns whether there is a next record */
  const advance = (head: Head) => {
    if (head.at === head.window.byteLength) {
      const length = Math.min(WINDOW_IDS * ID_RECORD_BYTES, head.run.end - head.run.at)
      if (length === 0) return false
      head.window = Buffer.from(spill.read(head.run.at, length))
      head.run.at += length
      head.at = 0
    }
    head.high = head.window.readUInt32BE(head.at)
    head.low = head.window.readUInt32BE(head.at + 4)
    head.row = head.window.readUInt32LE(head.at + 8)
    return true
  }
  let live = heads.filter(advance)
  const piece = () => Buffer.allocUnsafeSlow(WINDOW_IDS * ID_RECORD_BYTES)
  let out = piece()
  let filled = 0
  while (live.length > 0) {
    let least = live[0]!
    for (let i = 1; i < live.length; i++) if (isBefore(live[i]!, least)) least = live[i]!
    filled = out.writeUInt32BE(least.high, filled)
    filled = out.writeUInt32BE(least.low, filled)
    filled = out.writeUInt32LE(least.row, filled)
    least.at += ID_RECORD_BYTES
    if (filled === out.byteLength) {
      yield out
      out = piece()
      filled = 0
    }
    if (!advance(least)) live = live.filter((head) => head !== least)
  }
  yield out.subarray(0, filled)
}

/** Indices in the order (high, low, row), by a radix sort of 16 bits a pass. */
function sortedOrder(high: Uint32Array, low: Uint32Array, rows: Uint32Array, count: number): Uint32Array {
  let order = Uint32Array.from({ length: count }, (_, i) => i)
  let other = new Uint32Array(count)
  for (const [keys, shift] of [
    ...(isRising(rows, count) ? [] : [[rows, 0] as const, [rows, 16] as const]),
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

/** Whether rows come in their order, as they do where ids are collected while a table is written. */
function isRising(rows: Uint32Array, count: number): boolean {
  for (let i = 1; i < count; i++) if (rows[i]! < rows[i - 1]!) return false
  return true
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
