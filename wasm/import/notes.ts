// What an import notes of plain records, from the places that a scan has found.
import { shortHash, textHash } from './hashes'
import { ID, RECORD } from './records'

/**
 * Hashes of the ids of records.
 * @param listed ids in the lists of the records
 * @param hashes room for two numbers (u32) an id: the lists' first, in the order of `ids`, then those of the records
 */
export function hashIds(base: usize, records: usize, count: i32, ids: usize, listed: i32, hashes: usize): void {
  for (let i = 0; i < listed; i++, ids += ID, hashes += 8) storeHash(hashes, base, ids)
  for (let i = 0; i < count; i++, records += RECORD, hashes += 8) storeHash(hashes, base, records)
}

function storeHash(target: usize, base: usize, place: usize): void {
  const hash = textHash(base + <usize>load<u32>(place, 0), base + <usize>load<u32>(place, 4))
  store<u32>(target, <u32>(hash >> 32), 0)
  store<u32>(target, <u32>hash, 4)
}

/**
 * What the first pass notes of records; see src/import/survey/pair-notes.ts.
 * @param listed ids in the lists of the records
 * @param place where the texts will begin in their file
 * @param table of the related ids
 * @param hashes as `hashIds` made them
 * @param notes room for a note a record, `texts` for what belongs to them
 * @returns the length of the texts
 */
export function noteRecords(
  base: usize,
  records: usize,
  count: i32,
  ids: usize,
  listed: i32,
  hashes: usize,
  place: f64,
  source: i32,
  table: i32,
  notes: usize,
  texts: usize,
): usize {
  let end = texts
  let own = hashes + 8 * <usize>listed
  for (let i = 0; i < count; i++, records += RECORD, own += 8, notes += NOTE) {
    const start = end
    end = noteId(end, base, records, own)
    const idEnd = end
    const from = load<u32>(records, 44)
    const related = load<u32>(records, 48)
    if (related > 0) {
      store<u16>(end, <u16>table)
      store<u32>(end + 2, related)
      end += 6
      for (let k = from; k < from + related; k++) end = noteId(end, base, ids + ID * <usize>k, hashes + 8 * <usize>k)
    }
    store<u64>(notes, load<u64>(own))
    store<f64>(notes, place + <f64>(start - texts), 8)
    store<u32>(notes, <u32>(idEnd - start), 16)
    store<u32>(notes, <u32>(end - idEnd), 20)
    store<u16>(notes, <u16>source, 24)
    store<u8>(notes, 1, 26)
  }
  return end - texts
}

/** Bytes of a note. */
const NOTE: usize = 27

/** An id with its hash. @returns what is behind it */
function noteId(at: usize, base: usize, place: usize, hash: usize): usize {
  const from = load<u32>(place, 0)
  const length = load<u32>(place, 4) - from
  store<u64>(at, load<u64>(hash))
  store<u32>(at, length, 8)
  memory.copy(at + 12, base + <usize>from, <usize>length)
  return at + 12 + <usize>length
}

/**
 * What the writer needs of the ids of records.
 * @param hashes room for two numbers (u32) an id: the first 64 bits of its SHA-256
 * @param rows room for the rows of the order key; see src/shards/order-key.ts
 * @returns the length of the rows
 */
export function keyRecords(base: usize, records: usize, count: i32, hashes: usize, rows: usize): usize {
  let end = rows
  for (let i = 0; i < count; i++, records += RECORD, hashes += 8) {
    const at = base + <usize>load<u32>(records, 0)
    const length = <usize>(load<u32>(records, 4) - load<u32>(records, 0))
    const hash = shortHash(at, length)
    store<u32>(hashes, <u32>(hash >> 32), 0)
    store<u32>(hashes, <u32>hash, 4)
    store<u32>(end, 1)
    store<u32>(end, <u32>length, 4)
    memory.copy(end + 8, at, length)
    end += 8 + length
  }
  return end - rows
}
