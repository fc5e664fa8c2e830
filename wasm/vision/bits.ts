// The entropy-coded part of a baseline JPEG: bytes without their stuffing, cut at restart markers, then Huffman codes to
// coefficients. Anything out of the ordinary is an error here, never a guess: another decoder looks at such a file then.

/** Bits of a code that one look-up tells; longer codes go bit by bit. */
const LOOK: i32 = 10
/** An entry tells a whole coefficient: run, value, and the length of code and value together. */
const WHOLE: i32 = 32
/** An entry tells the end of a block. */
const END: i32 = 64

/** Bytes of one table: entries, then the largest code of each length, the offset of its values, and the values. */
export const TABLE_BYTES: usize = (<usize>4 << LOOK) + 18 * 4 + 18 * 4 + 256
const MAXCODE: usize = <usize>4 << LOOK
const OFFSET: usize = MAXCODE + 18 * 4
const VALUES: usize = OFFSET + 18 * 4

/** Where the coefficient of a zigzag position lies in a block of int16, in bytes; positions beyond the block share a spare. */
const NATURAL: usize = memory.data<u8>([
  0, 2, 16, 32, 18, 4, 6, 20, 34, 48, 64, 50, 36, 22, 8, 10, 24, 38, 52, 66, 80, 96, 82, 68, 54, 40, 26, 12, 14, 28, 42,
  56, 70, 84, 98, 112, 114, 100, 86, 72, 58, 44, 30, 46, 60, 74, 88, 102, 116, 118, 104, 90, 76, 62, 78, 92, 106, 120,
  122, 108, 94, 110, 124, 126, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
])

/** Byte offset of a natural-order coefficient by its zigzag position. */
export function naturalOffset(position: i32): usize {
  return load<u8>(NATURAL + <usize>position)
}

// The reader: the next bits stand at the top of `buffer`, `count` of them are sound, `next` is the next word to take.
let buffer: u64 = 0
let count: i32 = 0
let next: usize = 0
let segmentStart: usize = 0
let segmentBytes: usize = 0
/** Whether something was read that no sound file holds. */
let broken: bool = false

/** Coefficients of the block that was read last, int16 in natural order; whoever uses them zeroes them. */
export const BLOCK: usize = memory.data(144, 16)

/** Begins a picture. */
export function beginPicture(): void {
  broken = false
  // Whatever an earlier picture left off at.
  memory.fill(BLOCK, 0, 144)
}

/** Begins to read a segment: words of four bytes, most significant first. */
export function beginSegment(start: usize, bytes: usize): void {
  buffer = 0
  count = 0
  next = start
  segmentStart = start
  segmentBytes = bytes
}

/** Has the picture refused. */
export function giveUp(): void {
  broken = true
}

/** Whether everything so far was sound and inside the segment. */
export function isSound(): bool {
  return !broken && next <= segmentStart + segmentBytes + 16
}

/** Whether the segment was read to its last byte, and not beyond it. */
export function isAtEnd(): bool {
  const left = <i64>(segmentBytes * 8) - (<i64>((next - segmentStart) * 8) - <i64>count)
  return !broken && left >= 0 && left < 8
}

/**
 * Builds a table from the number of codes of each length (16 bytes) and the values in the order of the codes.
 * `isDc`: values are sizes alone; otherwise runs and sizes.
 */
export function buildTable(table: usize, counts: usize, values: usize, isDc: bool): void {
  memory.fill(table, 0, TABLE_BYTES)
  let code: i32 = 0
  let at: i32 = 0
  for (let length: i32 = 1; length <= 16; length++) {
    const codes = <i32>load<u8>(counts + <usize>(length - 1))
    store<i32>(table + OFFSET + (<usize>length << 2), at - code)
    for (let i: i32 = 0; i < codes; i++, code++, at++) {
      const value = <i32>load<u8>(values + <usize>at)
      store<u8>(table + VALUES + <usize>at, <u8>value)
      if (length <= LOOK) fillEntries(table, code, length, value, isDc)
    }
    // The largest code of this length, as it stands at the top of 16 bits; without codes nothing is as small.
    store<i32>(table + MAXCODE + (<usize>length << 2), codes == 0 ? -1 : code << (16 - length))
    code <<= 1
  }
}

function fillEntries(table: usize, code: i32, length: i32, value: i32, isDc: bool): void {
  const run = isDc ? 0 : value >> 4
  const size = isDc ? value : value & 15
  const spare = LOOK - length
  for (let rest: i32 = 0; rest < 1 << spare; rest++) {
    let entry: i32
    if (size == 0 && isDc) entry = length | WHOLE
    else if (size == 0) entry = run == 15 ? length : length | END
    else if (size <= spare) {
      const bits = rest >> (spare - size)
      const signed = bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits
      entry = (length + size) | WHOLE | (run << 8) | (signed << 16)
    } else entry = length | (run << 8) | (size << 16)
    store<i32>(table + (<usize>((code << spare) | rest) << 2), entry)
  }
}

/** A code longer than the look-up: its value and length as `value << 8 | length`, or -1. */
function slowCode(table: usize, top: i32): i32 {
  for (let length: i32 = LOOK + 1; length <= 16; length++) {
    if (top < load<i32>(table + MAXCODE + (<usize>length << 2))) {
      const at = (top >> (16 - length)) + load<i32>(table + OFFSET + (<usize>length << 2))
      return (<i32>load<u8>(table + VALUES + <usize>(at & 255)) << 8) | length
    }
  }
  return -1
}

/**
 * Reads one block into `BLOCK`, not dequantised.
 * @param predicted the DC coefficient before it
 * @returns the DC coefficient, shifted left by one, and 1 if there is any other
 */
export function readBlock(dcTable: usize, acTable: usize, predicted: i32): i32 {
  let bits = buffer
  let sound = count
  let from = next

  if (sound <= 32) {
    bits |= (<u64>load<u32>(from)) << (32 - sound)
    from += 4
    sound += 32
  }
  let entry = load<i32>(dcTable + (<usize>(bits >> (64 - LOOK)) << 2))
  let difference: i32
  if (entry & WHOLE) {
    difference = entry >> 16
  } else {
    let size: i32
    if (entry != 0) {
      size = entry >> 16
    } else {
      const slow = slowCode(dcTable, <i32>(bits >> 48))
      if (slow < 0) {
        broken = true
        return 0
      }
      entry = slow & 255
      size = slow >> 8
    }
    bits <<= entry & 31
    sound -= entry & 31
    difference = size == 0 ? 0 : extended(bits, size)
    entry = size
  }
  bits <<= entry & 31
  sound -= entry & 31
  const dc = predicted + difference
  store<i16>(BLOCK, <i16>dc)

  let at: i32 = 1
  while (at < 64) {
    if (sound <= 32) {
      bits |= (<u64>load<u32>(from)) << (32 - sound)
      from += 4
      sound += 32
    }
    entry = load<i32>(acTable + (<usize>(bits >> (64 - LOOK)) << 2))
    if (entry & WHOLE) {
      bits <<= entry & 31
      sound -= entry & 31
      at += (entry >> 8) & 15
      store<i16>(BLOCK + <usize>load<u8>(NATURAL + <usize>at), <i16>(entry >> 16))
      at++
      continue
    }
    if (entry & END) {
      bits <<= entry & 31
      sound -= entry & 31
      break
    }
    let run: i32
    let size: i32
    if (entry != 0) {
      run = (entry >> 8) & 15
      size = entry >> 16
    } else {
      const slow = slowCode(acTable, <i32>(bits >> 48))
      if (slow < 0) {
        broken = true
        break
      }
      entry = slow & 255
      run = slow >> 12
      size = (slow >> 8) & 15
      if (size == 0 && run < 15) {
        bits <<= entry & 31
        sound -= entry & 31
        break
      }
    }
    bits <<= entry & 31
    sound -= entry & 31
    if (size == 0) {
      at += 16
      continue
    }
    at += run
    store<i16>(BLOCK + <usize>load<u8>(NATURAL + <usize>at), <i16>extended(bits, size))
    bits <<= size
    sound -= size
    at++
  }
  if (at > 64) broken = true
  buffer = bits
  count = sound
  next = from
  return (dc << 1) | (at > 1 ? 1 : 0)
}

/** The signed value of the `size` bits at the top: those that begin with 0 are negative. */
@inline
function extended(bits: u64, size: i32): i32 {
  const value = <i32>(bits >> (64 - size))
  return value + (~(<i32>(<i64>bits >> 63)) & ((-1 << size) + 1))
}

/**
 * Copies entropy-coded bytes without their stuffing, a segment for each restart interval, each as words of four bytes with
 * the most significant first, and zeros behind it.
 * @param segments where to write start and length of each segment, 8 bytes each
 * @param most segments there are
 * @returns the number of segments, or -1 if the bytes do not end with the end of the picture
 */
export function unstuff(source: usize, end: usize, target: usize, segments: usize, most: i32): i32 {
  const marks = i8x16.splat(-1)
  let from = source
  let to = target
  let start = target
  let found: i32 = 0
  while (from + 1 < end) {
    if (from + 16 <= end) {
      const bytes = v128.load(from)
      const mask = i8x16.bitmask(i8x16.eq(bytes, marks))
      v128.store(to, bytes)
      if (mask == 0) {
        from += 16
        to += 16
        continue
      }
      const plain = <usize>ctz(mask)
      from += plain
      to += plain
      if (from + 1 >= end) return -1
    }
    const byte = load<u8>(from)
    if (byte != 0xff) {
      store<u8>(to, byte)
      from++
      to++
      continue
    }
    const mark = load<u8>(from, 1)
    from += 2
    if (mark == 0) {
      store<u8>(to, 0xff)
      to++
      continue
    }
    const isRestart = mark == <u8>(0xd0 + (found & 7))
    if (found >= most || !(isRestart || mark == 0xd9)) return -1
    store<u32>(segments + (<usize>found << 3), <u32>start)
    store<u32>(segments + (<usize>found << 3) + 4, <u32>(to - start))
    found++
    memory.fill(to, 0, 64)
    for (let word = start; word < to; word += 16) {
      const v = v128.load(word)
      v128.store(word, v128.shuffle<u8>(v, v, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12))
    }
    if (mark == 0xd9) return found
    to = (to + 79) & ~15
    start = to
  }
  return -1
}
