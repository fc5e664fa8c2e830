// Memory that encoded pictures are read into. It goes round as that of pixels does (vision/pixel-memory.ts), but reads are of any
// size, so a read gets the smallest room that is large enough.

/** Rooms for reads. */
export interface ReadMemory {
  /** Room for at least so many bytes, whose content is anything. */
  take(bytes: number): Uint8Array
  /** Takes back room that nobody knows any more. */
  give(room: Uint8Array): void
}

/** Rooms are as large as a multiple of this. */
const UNIT = 1 << 16
/** A room is given to a read that needs at least this part of it. */
const LEAST_USE = 0.5

/** @param shared whether other threads may read it */
export function readMemory(shared: boolean): ReadMemory {
  const free: Uint8Array[] = []
  return {
    take(bytes) {
      let best = -1
      for (const [i, { byteLength }] of free.entries()) {
        if (byteLength < bytes || bytes < LEAST_USE * byteLength - UNIT) continue
        if (best < 0 || byteLength < free[best]!.byteLength) best = i
      }
      if (best >= 0) return free.splice(best, 1)[0]!
      const size = Math.ceil(bytes / UNIT) * UNIT
      return new Uint8Array(shared ? new SharedArrayBuffer(size) : new ArrayBuffer(size))
    },
    give(room) {
      free.push(room)
    },
  }
}
