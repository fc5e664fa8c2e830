// Memory for bytes that all go at the same time: it is taken in blocks, and taken again after a reset. What is made anew for
// each row group instead is outside of V8's heap, which V8 notices, and looks for garbage again and again.

/** Bytes that are kept until the next reset. */
export interface Arena {
  /** A copy of some bytes, valid until the next reset. */
  keep(bytes: Uint8Array): Uint8Array
  /** Forgets them all. */
  reset(): void
}

const BLOCK = 1 << 20

/** Starts without memory. @param blockBytes taken at a time; what is longer gets a block of its own */
export function createArena(blockBytes = BLOCK): Arena {
  const blocks: Buffer[] = []
  let block = 0
  let filled = 0
  return {
    keep(bytes) {
      const { byteLength } = bytes
      if (byteLength > blockBytes) return Buffer.from(bytes)
      if (filled + byteLength > blockBytes) {
        block++
        filled = 0
      }
      if (block === blocks.length) blocks.push(Buffer.allocUnsafeSlow(blockBytes))
      const kept = blocks[block]!.subarray(filled, filled + byteLength)
      kept.set(bytes)
      filled += byteLength
      return kept
    },
    reset() {
      block = 0
      filled = 0
    },
  }
}
