// What the first pass noted of each pair, on the disk: records of one size with the hash of the id, and beside them the id
// and its lists of contexts, as hashes too, since almost none of these texts is ever looked at again.
import type { Scratch } from '../../io/spill.js'
import { textHash } from './hash-table.js'

/** Lists of ids by context table. */
export type ContextLists = Readonly<Record<string, readonly string[]>>

/** Hears of the lists of a pair: each list, and after it its ids by their hashes, with a place for `textAt`. */
export interface ListVisitor {
  list(table: string, length: number): void
  id(high: number, low: number, place: number): void
}

/** What was noted of several pairs, as bytes. */
export interface NotedPairs {
  readonly count: number
  /** @param place where the texts will begin, `table` the number of the table of the lists */
  notes(place: number, table: number): { readonly records: Uint8Array; readonly texts: Uint8Array }
}

/** Pairs by number, in the order in which they were added. */
export interface PairNotes {
  readonly count: number
  /** @param usable whether it may get a row */
  add(id: string, source: number, lists: ContextLists, usable: boolean): void
  /** Adds pairs together. @param table that their lists are of, `unusable` the numbers among them of those that may get no row */
  addNoted(pairs: NotedPairs, table: string, unusable: readonly number[]): void
  hashOf(n: number): readonly [high: number, low: number]
  sourceOf(n: number): number
  isUsable(n: number): boolean
  idOf(n: number): string
  visitLists(n: number, visitor: ListVisitor): void
  /** The text of an id of a list. */
  textAt(place: number): string
}

/**
 * Hash of the id, its place and length, bytes of the lists behind it, source, whether it is usable. Runs of plain records
 * are noted by wasm/import/index.ts, which has to write the same.
 */
const RECORD = 8 + 8 + 4 + 4 + 2 + 1
/** Where in a record that is. */
const USABLE = 26
/** Hash and length in front of an id. */
const ID_HEAD = 12
/** Table and length of a list. */
const LIST_HEAD = 6

/** Starts empty. */
export function createPairNotes(scratch: Scratch): PairNotes {
  const records = scratch.spill('pairs')
  const texts = scratch.spill('pair-texts')
  const tables: string[] = []
  const record = Buffer.alloc(RECORD)
  let body = Buffer.allocUnsafeSlow(1 << 12)
  let count = 0
  /** Of the lists of a pair: table and length of each, hash and place of each id. */
  let found = new Uint32Array(64)
  const recordOf = (n: number) => records.at(n * RECORD, RECORD)
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
    addNoted(pairs, table, unusable) {
      const noted = pairs.notes(texts.byteLength, tableNumber(table))
      for (const i of unusable) noted.records[i * RECORD + USABLE] = 0
      records.add(noted.records)
      texts.add(noted.texts)
      count += pairs.count
    },
    hashOf(n) {
      const at = recordOf(n)
      return [records.held.getUint32(at, true), records.held.getUint32(at + 4, true)]
    },
    sourceOf(n) {
      const at = recordOf(n)
      return records.held.getUint16(at + 24, true)
    },
    isUsable(n) {
      const at = recordOf(n)
      return records.held.getUint8(at + USABLE) === 1
    },
    idOf(n) {
      const at = recordOf(n)
      return texts
        .read(records.held.getFloat64(at + 8, true), records.held.getUint32(at + 16, true))
        .toString('utf8', ID_HEAD)
    },
    visitLists(n, { list, id }) {
      const at = recordOf(n)
      const length = records.held.getUint32(at + 20, true)
      if (length === 0) return
      const place = records.held.getFloat64(at + 8, true) + records.held.getUint32(at + 16, true)
      // All of them at once, and then told: whoever is told may ask for other texts, which may take the place of what is held.
      const start = texts.at(place, length)
      const { held } = texts
      let count = 0
      for (let here = start; here < start + length; ) {
        const listed = held.getUint32(here + 2, true)
        found[count++] = held.getUint16(here, true)
        found[count++] = listed
        here += LIST_HEAD
        if (found.length < count + 3 * (listed + 1)) found = grown(found, 2 * (count + 3 * (listed + 1)))
        for (let i = 0; i < listed; i++) {
          found[count++] = held.getUint32(here, true)
          found[count++] = held.getUint32(here + 4, true)
          found[count++] = here - start
          here += ID_HEAD + held.getUint32(here + 8, true)
        }
      }
      for (let i = 0; i < count; ) {
        const listed = found[i + 1]!
        list(tables[found[i]!]!, listed)
        i += 2
        for (const end = i + 3 * listed; i < end; i += 3) id(found[i]!, found[i + 1]!, place + found[i + 2]!)
      }
    },
    textAt(place) {
      const at = texts.at(place, ID_HEAD)
      const length = texts.held.getUint32(at + 8, true)
      return texts.read(place + ID_HEAD, length).toString('utf8')
    },
  }
}

function grown(old: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(length)
  larger.set(old)
  return larger
}
