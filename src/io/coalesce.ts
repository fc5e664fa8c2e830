// Which reads become one: ranges that lie near each other are cheaper to fetch together, gap and all, than one by one.
// Pure, so that tests can assert the plan.

/** Bytes [offset, offset + length) of a file. */
export interface ByteRange {
  readonly offset: number
  readonly length: number
}

/** One fetch that covers some of the ranges that were asked for. */
export interface JoinedRange extends ByteRange {
  /** Positions, in the list given, of the ranges it covers. */
  readonly parts: readonly number[]
}

/** How far apart ranges may lie and still be one fetch, and how long that may be. */
export interface JoinLimits {
  readonly gapBytes: number
  readonly maxBytes: number
}

/** Of a local file: what a disk brings while it seeks. */
export const LOCAL_JOIN: JoinLimits = { gapBytes: 64 << 10, maxBytes: 4 << 20 }
/** Of a file far away: what a connection brings in the time of one round trip; short enough that a broken one costs little
 * and several run at once. */
export const FAR_JOIN: JoinLimits = { gapBytes: 128 << 10, maxBytes: 8 << 20 }

/**
 * Joins ranges that overlap, touch, or lie at most `gapBytes` apart, up to fetches of `maxBytes`. A range that is longer
 * than `maxBytes` stays whole. Every range is covered by exactly one fetch; fetches come in the order of their offsets.
 */
export function coalesce(ranges: readonly ByteRange[], { gapBytes, maxBytes }: JoinLimits): JoinedRange[] {
  const order = ranges.map((_, part) => part).sort((a, b) => ranges[a]!.offset - ranges[b]!.offset || a - b)
  const joined: { offset: number; length: number; parts: number[] }[] = []
  for (const part of order) {
    const { offset, length } = ranges[part]!
    const last = joined.at(-1)
    if (last !== undefined) {
      const end = last.offset + last.length
      const grown = Math.max(end, offset + length) - last.offset
      if (offset - end <= gapBytes && (grown <= maxBytes || grown === last.length)) {
        last.length = grown
        last.parts.push(part)
        continue
      }
    }
    joined.push({ offset, length, parts: [part] })
  }
  return joined
}
