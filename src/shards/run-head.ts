// The heads of runs in Parquet's hybrid encoding of levels and indexes (Parquet format, "RLE"): how many values a run claims.

/** A place in bytes that moves on as they are read. */
export interface Cursor {
  at: number
}

/** Whether a run whose head this is packs its values bit by bit; else it repeats one. */
export const isPacked = (head: number): boolean => head % 2 === 1

/** Values of a packed run in eights, or repetitions of the one value of another. */
export const runSize = (head: number): number => Math.floor(head / 2)

/**
 * Reads the head of a run.
 * @param to end of the runs
 * @throws RangeError if it goes beyond, or is no number of 32 bits
 */
export function runHead(bytes: Uint8Array, cursor: Cursor, to: number): number {
  let head = 0
  for (let i = 0; ; i++) {
    if (cursor.at >= to || i === 5) throw new RangeError('runs that end early')
    const next = bytes[cursor.at++]!
    head += (next & 0x7f) * 2 ** (7 * i)
    if (next < 0x80) return head
  }
}

/** Bytes behind the head of a run of values of `width` bits. */
export function runBytes(head: number, width: number): number {
  return isPacked(head) ? runSize(head) * width : (width + 7) >> 3
}

/** Values that a run holds; a packed one may go on beyond the last that there is. */
export const runValues = (head: number): number => (isPacked(head) ? runSize(head) * 8 : runSize(head))
