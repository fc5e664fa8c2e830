// What an import of instructions computes in WebAssembly: where the parts of plain records of an instructions file lie. A
// record is plain if it is an object of the four fields of the format, none twice, whose texts are sound and whose ids are
// ASCII without escapes. What is anything else is left to whoever reads all of JSON: a scan ends before it.
import { ID, RECORD } from './records'

export { seedHashes } from './hashes'
export { hashIds, keyRecords, noteRecords } from './notes'

const QUOTE: u8 = 0x22
const COMMA: u8 = 0x2c
const COLON: u8 = 0x3a
const OPEN_ARRAY: u8 = 0x5b
const BACKSLASH: u8 = 0x5c
const CLOSE_ARRAY: u8 = 0x5d
const OPEN_OBJECT: u8 = 0x7b
const CLOSE_OBJECT: u8 = 0x7d

/** No place: what was looked for is not there, or not whole. */
const NONE: usize = 0

/** What `stringEnd` saw on its way. */
let isAscii = true
let isEscaped = false
/** Bytes of the text that are no UTF-16 code units of their own. */
let surplus: i32 = 0

let stopped: usize = 0
let idsTaken: i32 = 0

/** Where memory is free. */
export function heapBase(): usize {
  return __heap_base
}

/** Where the last scan ended: behind the last record that it found. */
export function stoppedAt(): usize {
  return stopped
}

/**
 * Finds plain records, `"id": {...}` with commas between them.
 * @param at the first byte, `end` the one behind the last; 16 bytes behind that can be read
 * @param records room for `most` records; places are offsets from `at`
 * @param ids room for `mostIds` ids of their lists
 * @returns how many there are
 */
export function scanRecords(at: usize, end: usize, records: usize, most: i32, ids: usize, mostIds: i32): i32 {
  const base = at
  let count = 0
  idsTaken = 0
  stopped = at
  while (count < most) {
    if (count > 0) {
      at = blanks(at, end)
      if (at >= end || load<u8>(at) !== COMMA) break
      at++
    }
    at = record(at, end, base, records + RECORD * <usize>count, ids, mostIds)
    if (at === NONE) break
    stopped = at
    count++
  }
  return count
}

/** Ids that the records of the last scan list. */
export function idCount(): i32 {
  return idsTaken
}

/** Steps over white space. */
function blanks(at: usize, end: usize): usize {
  while (at < end) {
    const byte = load<u8>(at)
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break
    at++
  }
  return at
}

/** Steps over white space and a byte that has to be there. */
function taken(at: usize, end: usize, byte: u8): usize {
  at = blanks(at, end)
  return at < end && load<u8>(at) === byte ? at + 1 : NONE
}

/** One record. @returns what is behind it */
function record(at: usize, end: usize, base: usize, target: usize, ids: usize, mostIds: i32): usize {
  at = taken(at, end, QUOTE)
  if (at === NONE) return NONE
  const keyEnd = stringEnd(at, end)
  if (keyEnd === NONE || !isAscii || isEscaped) return NONE
  store<u32>(target, <u32>(at - base), 0)
  store<u32>(target, <u32>(keyEnd - base), 4)
  at = taken(keyEnd + 1, end, COLON)
  if (at === NONE) return NONE
  at = taken(at, end, OPEN_OBJECT)
  if (at === NONE) return NONE
  store<u32>(target, <u32>(at - 1 - base), 8)
  // Lists that are not there are empty.
  store<u64>(target, 0, 36)
  store<u64>(target, 0, 44)
  let seen = 0
  while (true) {
    at = taken(at, end, QUOTE)
    if (at === NONE) return NONE
    const nameEnd = stringEnd(at, end)
    if (nameEnd === NONE) return NONE
    const field = fieldOf(at, nameEnd - at)
    if (field === 0 || (seen & field) !== 0) return NONE
    seen |= field
    at = taken(nameEnd + 1, end, COLON)
    if (at === NONE) return NONE
    if (field <= ANSWER) {
      at = taken(at, end, QUOTE)
      if (at === NONE) return NONE
      const textEnd = stringEnd(at, end)
      if (textEnd === NONE) return NONE
      const place = target + (field === INSTRUCTION ? 12 : 24)
      const length = <u32>(textEnd - at)
      store<u32>(place, <u32>(at - base), 0)
      store<u32>(place, length, 4)
      // The highest bit tells that something is escaped.
      store<u32>(place, (length - <u32>surplus) | (isEscaped ? 0x80000000 : 0), 8)
      at = textEnd + 1
    } else {
      const from = idsTaken
      at = idList(at, end, base, ids, mostIds)
      if (at === NONE) return NONE
      const place = target + (field === IMAGES ? 36 : 44)
      store<u32>(place, <u32>from, 0)
      store<u32>(place, <u32>(idsTaken - from), 4)
    }
    at = blanks(at, end)
    if (at >= end) return NONE
    const next = load<u8>(at)
    at++
    if (next === CLOSE_OBJECT) break
    if (next !== COMMA) return NONE
  }
  return (seen & TEXTS) === TEXTS ? at : NONE
}

/** A list of ids. @returns what is behind it */
function idList(at: usize, end: usize, base: usize, ids: usize, mostIds: i32): usize {
  at = taken(at, end, OPEN_ARRAY)
  if (at === NONE) return NONE
  at = blanks(at, end)
  if (at < end && load<u8>(at) === CLOSE_ARRAY) return at + 1
  while (true) {
    at = taken(at, end, QUOTE)
    if (at === NONE || idsTaken === mostIds) return NONE
    const idEnd = stringEnd(at, end)
    if (idEnd === NONE || !isAscii || isEscaped) return NONE
    store<u32>(ids + ID * <usize>idsTaken, <u32>(at - base), 0)
    store<u32>(ids + ID * <usize>idsTaken, <u32>(idEnd - base), 4)
    idsTaken++
    at = blanks(idEnd + 1, end)
    if (at >= end) return NONE
    const next = load<u8>(at)
    at++
    if (next === CLOSE_ARRAY) return at
    if (next !== COMMA) return NONE
  }
}

const INSTRUCTION = 1
const ANSWER = 2
const TEXTS = INSTRUCTION | ANSWER
const IMAGES = 4
const RELATED = 8

/** The field with a name, or 0. */
function fieldOf(at: usize, length: usize): i32 {
  if (length === 11) {
    const head = load<u64>(at)
    const tail = load<u32>(at + 7)
    if (head === INSTRUCT && tail === TION) return INSTRUCTION
    if (head === REL_INS_ && tail === _IDS) return RELATED
  }
  if (length === 6 && load<u32>(at) === ANSW && load<u16>(at + 4) === ER) return ANSWER
  if (length === 9 && load<u64>(at) === IMAGE_ID && load<u8>(at + 8) === 0x73) return IMAGES
  return 0
}

// Names as little-endian numbers, their last bytes foremost.
const INSTRUCT: u64 = 0x7463757274736e69
const TION: u32 = 0x6e6f6974
const REL_INS_: u64 = 0x5f736e695f6c6572
const _IDS: u32 = 0x7364695f
const ANSW: u32 = 0x77736e61
const ER: u16 = 0x7265
const IMAGE_ID: u64 = 0x64695f6567616d69

/** The quote that ends a string whose first byte is at `at`; tells of the text what it saw. */
function stringEnd(at: usize, end: usize): usize {
  isAscii = true
  isEscaped = false
  surplus = 0
  const quote = i8x16.splat(0x22)
  const backslash = i8x16.splat(0x5c)
  const blank = i8x16.splat(0x20)
  while (true) {
    // As signed numbers, bytes beyond ASCII are below the blank too.
    let mask = 0
    for (; at < end; at += 16) {
      const bytes = v128.load(at)
      const special = v128.or(
        v128.or(i8x16.eq(bytes, quote), i8x16.eq(bytes, backslash)),
        i8x16.lt_s(bytes, blank),
      )
      mask = i8x16.bitmask(special)
      if (mask !== 0) break
    }
    at += ctz(mask)
    if (mask === 0 || at >= end) return NONE
    const byte = load<u8>(at)
    if (byte === QUOTE) return at
    if (byte < 0x20) return NONE
    if (byte === BACKSLASH) {
      isEscaped = true
      at = escapeEnd(at, end)
      if (at === NONE) return NONE
      continue
    }
    isAscii = false
    do {
      at = sequenceEnd(at, end)
      if (at === NONE) return NONE
    } while (at < end && load<u8>(at) >= 0x80)
  }
}

/** What is behind an escape, behind both of a pair of surrogates. */
function escapeEnd(at: usize, end: usize): usize {
  if (at + 2 > end) return NONE
  const kind = load<u8>(at + 1)
  // Any of ", \, /, b, f, n, r, t.
  if (
    kind === QUOTE ||
    kind === BACKSLASH ||
    kind === 0x2f ||
    kind === 0x62 ||
    kind === 0x66 ||
    kind === 0x6e ||
    kind === 0x72 ||
    kind === 0x74
  ) {
    surplus++
    return at + 2
  }
  if (kind !== 0x75) return NONE
  const unit = hexUnit(at, end)
  if (unit < 0) return NONE
  surplus += 5
  if ((unit & 0xf800) !== 0xd800) return at + 6
  if ((unit & 0x400) !== 0) return NONE
  const low = hexUnit(at + 6, end)
  if (low < 0 || (low & 0xfc00) !== 0xdc00) return NONE
  surplus += 5
  return at + 12
}

/** The code unit of \uXXXX, or -1. */
function hexUnit(at: usize, end: usize): i32 {
  if (at + 6 > end || load<u16>(at) !== 0x755c) return -1
  let unit = 0
  for (let i: usize = 2; i < 6; i++) {
    const byte = <i32>load<u8>(at + i)
    const lower = byte | 0x20
    if (byte >= 0x30 && byte <= 0x39) unit = (unit << 4) | (byte - 0x30)
    else if (lower >= 0x61 && lower <= 0x66) unit = (unit << 4) | (lower - 0x57)
    else return -1
  }
  return unit
}

/** What is behind a character beyond ASCII (Unicode, table 3-7). */
function sequenceEnd(at: usize, end: usize): usize {
  const first = load<u8>(at)
  if (first < 0xc2 || first > 0xf4) return NONE
  const length: usize = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
  if (at + length > end) return NONE
  const second = load<u8>(at + 1)
  let least: u8 = 0x80
  let most: u8 = 0xbf
  if (first === 0xe0) least = 0xa0
  else if (first === 0xed) most = 0x9f
  else if (first === 0xf0) least = 0x90
  else if (first === 0xf4) most = 0x8f
  if (second < least || second > most) return NONE
  for (let i: usize = 2; i < length; i++) if ((load<u8>(at + i) & 0xc0) !== 0x80) return NONE
  surplus += length === 2 ? 1 : 2
  return at + length
}
