// Buffers of pixels that go round: a batch that its consumer gives back lends its memory to a later one. A batch of eight
// samples with four pictures each is 19 MB; memory that is new to a process costs about as much as filling it does.

import { setImmediate } from 'node:timers/promises'

/** Buffers that were given back. */
export interface BufferPool {
  /** A buffer of exactly so many bytes, whose content is anything where `fresh` is false. */
  take(bytes: number): { readonly buffer: ArrayBuffer; readonly fresh: boolean }
  /** Has a buffer of so many bytes at hand whose memory is the process's already, for whoever has to wait anyway. */
  prepare(bytes: number): Promise<void>
  /** Has as many buffers as those that will be on their way: `prepare` for each that was not made yet. */
  settle(rooms: number, bytes: number): Promise<void>
  /** Takes a buffer that nobody else knows any more. */
  give(buffer: ArrayBuffer): void
}

/** The system gives memory by such pieces, when somebody writes to them. */
const PAGE = 4096
/** Taken at once. */
const SLICE = 1 << 20

/** Buffers kept at most; a stream has about as many batches between its making and its end. */
const KEPT = 16

/**
 * @param maxBytes bytes of buffers kept
 * @param returned a buffer that was given back elsewhere and is fetched when it is wanted; undefined = there is none
 */
export function bufferPool(maxBytes: number, returned: () => ArrayBuffer | undefined = () => undefined): BufferPool {
  const kept: ArrayBuffer[] = []
  let bytes = 0
  let made = 0
  const give = (buffer: ArrayBuffer) => {
    kept.push(buffer)
    bytes += buffer.byteLength
    // The oldest go first: their size may be one that no longer comes.
    while (kept.length > KEPT || bytes > maxBytes) bytes -= kept.shift()!.byteLength
  }
  const prepare = async (wanted: number) => {
    if (wanted > maxBytes) return
    made++
    const array = new Uint8Array(wanted)
    give(array.buffer)
    for (let from = 0; from < wanted; from += SLICE) {
      // Whoever decodes has to be heard meanwhile.
      await setImmediate()
      // In use already, it is not to be written to.
      if (!kept.includes(array.buffer)) return
      const to = Math.min(wanted, from + SLICE)
      for (let at = from; at < to; at += PAGE) array[at] = 0
    }
  }
  return {
    give,
    prepare,
    async settle(rooms, wanted) {
      for (let missing = rooms - made; missing > 0; missing--) await prepare(wanted)
    },
    take(wanted) {
      const at = kept.findIndex(({ byteLength }) => byteLength === wanted)
      if (at >= 0) {
        bytes -= wanted
        return { buffer: kept.splice(at, 1)[0]!, fresh: false }
      }
      for (let buffer = returned(); buffer !== undefined; buffer = returned()) {
        if (buffer.byteLength === wanted) return { buffer, fresh: false }
        give(buffer)
      }
      made++
      return { buffer: new ArrayBuffer(wanted), fresh: true }
    },
  }
}

/** Takes the memory of an array away from it: the array is empty afterwards. Empty already, it gives nothing. */
export function detach({ buffer }: Float32Array | Uint8Array): ArrayBuffer | undefined {
  if (buffer.byteLength === 0) return undefined
  return structuredClone(buffer as ArrayBuffer, { transfer: [buffer as ArrayBuffer] })
}
