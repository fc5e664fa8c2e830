// Many small parts on their way to a file: they are gathered in memory that is used again, so that the file and its hash
// see few large ones.
import type { FileSink } from './sink.js'

/** Gathers parts. */
export interface Gatherer {
  /** Appends parts; each may be used for something else when the next one is asked for. All of them are out at the end. */
  write(parts: Iterable<Uint8Array>): Promise<void>
}

const BUFFER = 1 << 20

/** @param bufferBytes longer parts go out as they are */
export function gatherer(sink: Pick<FileSink, 'write'>, bufferBytes = BUFFER): Gatherer {
  // Made when it is needed: most files are small ones.
  let buffer: Buffer | undefined
  return {
    async write(parts) {
      buffer ??= Buffer.allocUnsafeSlow(bufferBytes)
      let filled = 0
      for (const part of parts) {
        if (filled > 0 && filled + part.byteLength > bufferBytes) {
          await sink.write(buffer.subarray(0, filled))
          filled = 0
        }
        if (part.byteLength > bufferBytes) {
          await sink.write(part)
          continue
        }
        buffer.set(part, filled)
        filled += part.byteLength
      }
      if (filled > 0) await sink.write(buffer.subarray(0, filled))
    },
  }
}
