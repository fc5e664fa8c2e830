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
    const view = viewOf(bytes)
    for (let i = 0; i < count; i++) {
      const from = order[i]!
      writeRecord(view, i * ID_RECORD_BYTES, high[from]!, low[from]!, rows[from]!)
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

// Buffers read and write numbers byte by byte; a view does it in one instruction.
const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => new DataView(buffer, byteOffset, byteLength)

function writeRecord(view: DataView, at: number, high: number, low: number, row: number): void {
  view.setUint32(at, high, false)
  view.setUint32(at + 4, low, false)
  view.setUint32(at + 8, row, true)
}

/** Sorted runs as one. Nothing is made for a record: there are millions of them. */
function* merged(spill: Spill, runs: readonly { at: number; readonly end: number }[]): Generator<Uint8Array> {
  const heads = runs.map((run) => ({ run, window: viewOf(Buffer.alloc(0)), at: 0, high: 0, low: 0, row: 0 }))
  type Head = (typeof heads)[number]
  const isBefore = (a: Head, b: Head) =>
    a.high !== b.high ? a.high < b.high : a.low !== b.low ? a.low < b.low : a.row < b.row
  /** @returns whether there is a next record */
  const advance = (head: Head) => {
    if (head.at === head.window.byteLength) {
      const length = Math.min(WINDOW_IDS * ID_RECORD_BYTES, head.run.end - head.run.at)
      if (length === 0) return false
      head.window = viewOf(Uint8Array.from(spill.read(head.run.at, length)))
      head.run.at += length
      head.at = 0
    }
    head.high = head.window.getUint32(head.at, false)
    head.low = head.window.getUint32(head.at + 4, false)
    head.row = head.window.getUint32(head.at + 8, true)
    return true
  }
  let live = heads.filter(advance)
  let out = new Uint8Array(WINDOW_IDS * ID_RECORD_BYTES)
  let view = viewOf(out)
  let filled = 0
  while (live.length > 0) {
    let least = live[0]!
    for (let i = 1; i < live.length; i++) if (isBefore(live[i]!, least)) least = live[i]!
    writeRecord(view, filled, least.high, least.low, least.row)
    filled += ID_RECORD_BYTES
    least.at += ID_RECORD_BYTES
    if (filled === out.byteLength) {
      yield out
      out = new Uint8Array(WINDOW_IDS * ID_RECORD_BYTES)
      view = viewOf(out)
      filled = 0
    }
    if (!advance(least)) live = live.filter((head) => head !== least)
  }
  yield out.subarray(0, filled)
}

/** Ids that share the first 16 bits of their hashes and are put in order one by one; a sixteenth of that is usual. */
const MOST_INSERTED = 64

/**
 * Indices in the order (high, low, row). Hashes spread evenly: by their first 16 bits they fall into as many buckets of a few
 * each, and are put in order there. Ids that were chosen to have a bucket in common cost no more than a general sort.
 */
function sortedOrder(high: Uint32Array, low: Uint32Array, rows: Uint32Array, count: number): Uint32Array {
  const order = new Uint32Array(count)
  const ends = new Uint32Array(65536)
  for (let i = 0; i < count; i++) ends[high[i]! >>> 16]!++
  for (let i = 1; i < 65536; i++) ends[i]! += ends[i - 1]!
  const starts = new Uint32Array(65536)
  starts.set(ends.subarray(0, 65535), 1)
  const filled = starts.slice()
  for (let i = 0; i < count; i++) order[filled[high[i]! >>> 16]!++] = i
  const compare = (a: number, b: number) => high[a]! - high[b]! || low[a]! - low[b]! || rows[a]! - rows[b]!
  for (let bucket = 0; bucket < 65536; bucket++) {
    const [from, to] = [starts[bucket]!, ends[bucket]!]
    if (to - from > MOST_INSERTED) order.subarray(from, to).sort(compare)
    else insertionSort(order, from, to, compare)
  }
  return order
}

function insertionSort(order: Uint32Array, from: number, to: number, compare: (a: number, b: number) => number): void {
  for (let i = from + 1; i < to; i++) {
    const each = order[i]!
    let at = i
    for (; at > from && compare(order[at - 1]!, each) > 0; at--) order[at] = order[at - 1]!
    order[at] = each
  }
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
