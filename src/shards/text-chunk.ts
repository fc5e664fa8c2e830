// A column chunk of texts, or of lists of them, that are at hand as bytes. The general writer takes strings, and makes bytes of each; here the
// pages are cut out of the bytes as they are.
import type { PlainTexts } from './placed-texts.js'
import { listEntries, type PlainValues } from './plain-pages.js'

const LENGTH_BYTES = 4

/** Texts as values of a chunk. */
export function plainTexts(texts: PlainTexts): PlainValues {
  const { bytes, starts, units, lengths } = texts
  return {
    type: 'BYTE_ARRAY',
    count: units.length,
    lists: lengths && listEntries(lengths),
    sizeOf: (i) => starts[i + 1]! - starts[i]! - LENGTH_BYTES,
    // The general writer counts the code units of a string there.
    sampleSizeOf: (i) => units[i]! + LENGTH_BYTES,
    bytesOf: (from, to) => bytes.subarray(starts[from]!, starts[to]!),
    firstOfItsKind: () => firstOfItsKind(bytes, starts),
    bounds: () => boundsOf(texts),
  }
}

/** Slots for the values of a sample; a power of two. */
const SLOTS = 4096
/** Bytes at either end of a value that tell most of them apart. */
const END = 32
const FREE = -1

/** Whether a value was not asked for before: by a hash of its length and its ends, and whole where that is the same. */
function firstOfItsKind(bytes: Buffer, starts: Uint32Array): (i: number) => boolean {
  const slots = new Int32Array(SLOTS).fill(FREE)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const hashOf = (start: number, end: number) => {
    let hash = 0
    const mix = (from: number, to: number) => {
      for (let at = from; at + 4 <= to; at += 4) {
        hash = Math.imul(hash ^ view.getInt32(at, true), 0x9e3779b1)
        hash ^= hash >>> 15
      }
    }
    // The length stands at the beginning.
    mix(start, Math.min(end, start + END))
    mix(Math.max(start + ((end - start) & 3), end - END), end)
    return hash & (SLOTS - 1)
  }
  return (i) => {
    const [start, end] = [starts[i]!, starts[i + 1]!]
    let slot = hashOf(start, end)
    for (; slots[slot] !== FREE; slot = (slot + 1) & (SLOTS - 1)) {
      const other = slots[slot]!
      if (bytes.compare(bytes, starts[other]!, starts[other + 1]!, start, end) === 0) return false
    }
    slots[slot] = i
    return true
  }
}

/** The least and the greatest value in the order of their bytes. */
function boundsOf({ bytes, starts }: PlainTexts) {
  let [least, most] = [0, 0]
  const from = (i: number) => starts[i]! + LENGTH_BYTES
  const order = (a: number, b: number) => {
    let [ofA, ofB] = [from(a), from(b)]
    // Most differ near their beginnings, and a call for each takes longer than that.
    const near = ofA + Math.min(starts[a + 1]! - ofA, starts[b + 1]! - ofB, END)
    for (; ofA < near; ofA++, ofB++) if (bytes[ofA] !== bytes[ofB]) return bytes[ofA]! - bytes[ofB]!
    return bytes.compare(bytes, ofB, starts[b + 1]!, ofA, starts[a + 1]!)
  }
  for (let i = 1; i < starts.length - 1; i++) {
    if (order(i, least) < 0) least = i
    else if (order(i, most) > 0) most = i
  }
  const text = (i: number) => bytes.toString('utf8', from(i), starts[i + 1]!)
  return { min_value: text(least), max_value: text(most) }
}
