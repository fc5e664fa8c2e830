// What the first pass noted of each pair, on the disk: records of one size with the hash of the id, and beside them the id
// and its lists of contexts, as hashes too, since almost none of these texts is ever looked at again.
import type { Scratch } from '../../io/spill.js'
import { textHash } from './hash-table.js'

/** Lists of ids by context table. */
export type ContextLists = Readonly<Record<string, readonly string[]>>

/** An id in a list. */
export interface NotedId {
  readonly high: number
  readonly low: number
  text(): string
}

/** A list of a pair. */
export interface NotedList {
  readonly table: string
  readonly ids: readonly NotedId[]
}

/** Pairs by number, in the order in which they were added. */
export interface PairNotes {
  readonly count: number
  /** @param usable whether it may get a row */
  add(id: string, source: number, lists: ContextLists, usable: boolean): void
  hashOf(n: number): readonly [high: number, low: number]
  sourceOf(n: number): number
  isUsable(n: number): boolean
  idOf(n: number): string
  listsOf(n: number): readonly NotedList[]
}

/** Hash of the id, its place and length, bytes of the lists behind it, source, whether it is usable. */
const RECORD = 8 + 8 + 4 + 4 + 2 + 1
const NONE: readonly NotedList[] = []

/** Starts empty. */
export function createPairNotes(scratch: Scratch): PairNotes {
  const records = scratch.spill('pairs')
  const texts = scratch.spill('pair-texts')
  const tables: string[] = []
  const record = Buffer.alloc(RECORD)
  let body = Buffer.allocUnsafeSlow(1 << 12)
  let count = 0
  const recordOf = (n: number) => records.read(n * RECORD, RECORD)
  const tableNumber = (name: string) => {
    const found = tables.indexOf(name)
    return found >= 0 ? found : tables.push(name) - 1
  }
  const reserve = (used: number, bytes: number) => {
    if (used + bytes <= body.byteLength) return
    const larger = Buffer.allocUnsafeSlow(2 * (used + bytes))
    body.copy(larger, 0, 0, used)
    body = larger
  }
  /** Writes an id behind `at`. @returns where it ends */
  const writeId = (id: string, at: number) => {
    reserve(at, 12 + 3 * id.length)
    const [high, low] = textHash(id)
    body.writeUInt32LE(high, at)
    body.writeUInt32LE(low, at + 4)
    const length = body.write(id, at + 12, 'utf8')
    body.writeUInt32LE(length, at + 8)
    return at + 12 + length
  }
  return {
    get count() {
      return count
    },
    add(id, source, lists, usable) {
      const idEnd = writeId(id, 0)
      let end = idEnd
      for (const [table, ids] of Object.entries(lists)) {
        reserve(end, 6)
        end = body.writeUInt16LE(tableNumber(table), end)
        end = body.writeUInt32LE(ids.length, end)
        for (const each of ids) end = writeId(each, end)
      }
      body.copy(record, 0, 0, 8)
      record.writeDoubleLE(texts.add(body.subarray(0, end)), 8)
      record.writeUInt32LE(idEnd, 16)
      record.writeUInt32LE(end - idEnd, 20)
      record.writeUInt16LE(source, 24)
      record[26] = usable ? 1 : 0
      records.add(record)
      count++
    },
    hashOf(n) {
      const read = recordOf(n)
      return [read.readUInt32LE(0), read.readUInt32LE(4)]
    },
    sourceOf: (n) => recordOf(n).readUInt16LE(24),
    isUsable: (n) => recordOf(n)[26] === 1,
    idOf(n) {
      const read = recordOf(n)
      return texts.read(read.readDoubleLE(8), read.readUInt32LE(16)).toString('utf8', 12)
    },
    listsOf(n) {
      const read = recordOf(n)
      const length = read.readUInt32LE(20)
      if (length === 0) return NONE
      const place = read.readDoubleLE(8) + read.readUInt32LE(16)
      const bytes = texts.read(place, length)
      const lists: NotedList[] = []
      for (let at = 0; at < length; ) {
        const table = tables[bytes.readUInt16LE(at)]!
        const ids: NotedId[] = []
        const listed = bytes.readUInt32LE(at + 2)
        at += 6
        for (let i = 0; i < listed; i++) {
          const [start, end] = [at + 12, at + 12 + bytes.readUInt32LE(at + 8)]
          const text = () => texts.read(place + start, end - start).toString('utf8')
          ids.push({ high: bytes.readUInt32LE(at), low: bytes.readUInt32LE(at + 4), text })
          at = end
        }
        lists.push({ table, ids })
      }
      return lists
    },
  }
}
