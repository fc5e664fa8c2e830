// Bytes in memory as a readable file that keeps a record of what was read.
import type { ReadableFile } from '../../src/io/store.js'

/** A file that remembers its reads. */
export interface RecordingFile extends ReadableFile {
  readonly reads: (readonly [offset: number, length: number])[]
}

/** A readable file over bytes. */
export function bytesFile(bytes: Uint8Array, path = 'memory'): RecordingFile {
  const reads: (readonly [number, number])[] = []
  return {
    path,
    byteLength: bytes.byteLength,
    reads,
    async read(offset, length) {
      reads.push([offset, length])
      if (offset + length > bytes.byteLength) throw new Error(`read past the end: ${offset} + ${length}`)
      return Buffer.from(bytes.subarray(offset, offset + length))
    },
    close: async () => undefined,
  }
}
