// Memory that decoded pictures lie in. It goes round: what nobody looks at any more holds the next picture. Threads that decode
// write into it where it is shared, so pixels never travel. New memory for each picture costs more than its allocation: V8
// counts buffers that come and go between threads, and looks for garbage in the whole heap again and again because of them.

/** Room for pictures. */
export interface PixelMemory {
  /** Room for so many bytes, whose content is anything. */
  take(bytes: number): Uint8Array
  /** Takes back room that nobody knows any more. */
  give(room: Uint8Array): void
}

/** Shared memory is made for so many bytes of pictures at a time, */
const PIECE_BYTES = 4 << 20
/** or for so many pictures where they are small. */
const PIECE_ROOMS = 32
/** Pictures begin at multiples of a cache line. */
const ALIGNMENT = 64

/** @param shared whether other threads may write to it; there is more of it then than was asked for at first */
export function pixelMemory(shared: boolean): PixelMemory {
  const free = new Map<number, Uint8Array[]>()
  const roomsOf = (bytes: number) => {
    const rooms = free.get(bytes) ?? []
    free.set(bytes, rooms)
    return rooms
  }
  return {
    take(bytes) {
      const rooms = roomsOf(bytes)
      // The one that came back last is the likeliest to lie in a processor's cache.
      const room = rooms.pop()
      if (room !== undefined) return room
      if (!shared) return new Uint8Array(bytes)
      rooms.push(...piece(bytes))
      return rooms.pop()!
    },
    give(room) {
      roomsOf(room.byteLength).push(room)
    },
  }
}

/** A piece of shared memory as rooms. */
function piece(bytes: number): Uint8Array[] {
  const stride = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
  const count = Math.max(1, Math.min(PIECE_ROOMS, Math.floor(PIECE_BYTES / stride)))
  const memory = new SharedArrayBuffer(count * stride)
  // Handed out from the beginning on.
  return Array.from({ length: count }, (_, i) => new Uint8Array(memory, (count - 1 - i) * stride, bytes))
}
