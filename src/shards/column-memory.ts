// Memory of packed columns, which goes round: the thread that makes rows fills it, another one reads it, and when the row
// group is encoded it is filled again. New memory for each group would be copied on its way to the other thread, and lie about
// in the heaps of both until each of them looks for garbage.

/** Memory that threads share, to be taken again when nobody reads it any more. */
export interface ColumnMemory {
  /** Some that holds so many bytes; what is in it is not said. */
  take(byteLength: number): SharedArrayBuffer
  give(memory: SharedArrayBuffer): void
}

/** Starts without any. */
export function createColumnMemory(): ColumnMemory {
  /** From small to large. */
  const free: SharedArrayBuffer[] = []
  return {
    take(byteLength) {
      const fits = free.findIndex((memory) => memory.byteLength >= byteLength)
      if (fits >= 0) return free.splice(fits, 1)[0]!
      // Columns have grown: one that is too small now makes room.
      free.pop()
      return new SharedArrayBuffer(byteLength)
    },
    give(memory) {
      const larger = free.findIndex((each) => each.byteLength > memory.byteLength)
      free.splice(larger < 0 ? free.length : larger, 0, memory)
    },
  }
}
