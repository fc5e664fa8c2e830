// Parquet's hybrid encoding of levels and of indexes into a dictionary (Parquet format, "RLE"), read where it was checked already:
// its runs hold as many values as they have to (parquet-pages.ts).
import { isPacked, runBytes, runHead, runSize, runValues } from './run-head.js'

/** The number at a place. */
export type NumberAt = (place: number) => number

/**
 * Reads runs. Most columns of ours have a single one, whose number no array has to hold.
 * @param width bits of a number, 24 at most
 * @param count numbers
 */
export function hybridRuns(bytes: Uint8Array, from: number, to: number, width: number, count: number): NumberAt {
  const cursor = { at: from }
  const first = runHead(bytes, cursor, to)
  if (!isPacked(first) && runSize(first) >= count) {
    const only = repeated(bytes, cursor.at, width)
    return () => only
  }
  const numbers = new (width <= 8 ? Uint8Array : Uint32Array)(count)
  cursor.at = from
  for (let at = 0; at < count; ) {
    const head = runHead(bytes, cursor, to)
    const end = Math.min(count, at + runValues(head))
    if (isPacked(head)) unpack(bytes, cursor.at, width, numbers.subarray(at, end))
    else numbers.fill(repeated(bytes, cursor.at, width), at, end)
    cursor.at += runBytes(head, width)
    at = end
  }
  return (place) => numbers[place]!
}

/** The number of a run that repeats it. */
function repeated(bytes: Uint8Array, at: number, width: number): number {
  let number = 0
  for (let bit = 0; bit < width; bit += 8) number += bytes[at++]! * 2 ** bit
  return number
}

/** Numbers of some bits each, from the lowest bit of the first byte on. */
function unpack(bytes: Uint8Array, from: number, width: number, numbers: Uint8Array | Uint32Array): void {
  const mask = 2 ** width - 1
  let [waiting, bits, at] = [0, 0, from]
  for (let i = 0; i < numbers.length; i++) {
    // Of 24 bits and those that are left of a byte none is lost.
    for (; bits < width; bits += 8) waiting |= bytes[at++]! << bits
    numbers[i] = waiting & mask
    waiting >>>= width
    bits -= width
  }
}
