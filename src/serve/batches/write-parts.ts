// The two ways in which the parts of a batch leave this process: through a stream, or into files.
import { writevSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import type { Writable } from 'node:stream'

/**
 * Writes all parts to a stream with one call of the system, as many as it takes: the pixels go from the batch to the reader
 * without being copied on the way.
 * @returns false where nobody reads any more
 */
export function writeToStream(out: Writable, parts: readonly Uint8Array[]): Promise<boolean> {
  return new Promise((resolve) => {
    const closed = () => resolve(false)
    out.once('close', closed)
    out.cork()
    for (const [i, part] of parts.entries()) {
      if (i < parts.length - 1) out.write(part)
      else {
        out.write(part, (error) => {
          out.off('close', closed)
          resolve(!error)
        })
      }
    }
    out.uncork()
  })
}

/** Writes all parts to the start of a file, however little of them a call takes. What was there behind them stays. */
export async function writeToFile(file: FileHandle, parts: readonly Uint8Array[]): Promise<void> {
  let at = 0
  for (let left = filled(parts); left.length > 0; ) {
    const { bytesWritten } = await file.writev(left, at)
    at += bytesWritten
    left = after(left, bytesWritten)
  }
}

/** The same in this thread, which does nothing else meanwhile. */
export function writeToFileNow(file: number, parts: readonly Uint8Array[]): void {
  let at = 0
  for (let left = filled(parts); left.length > 0; ) {
    const written = writevSync(file, left, at)
    at += written
    left = after(left, written)
  }
}

const filled = (parts: readonly Uint8Array[]) => parts.filter(({ byteLength }) => byteLength > 0)

/** What is left to write of some parts. */
function after(parts: readonly Uint8Array[], written: number): Uint8Array[] {
  let bytes = written
  const whole = parts.findIndex(({ byteLength }) => {
    if (bytes < byteLength) return true
    bytes -= byteLength
    return false
  })
  return whole < 0 ? [] : [parts[whole]!.subarray(bytes), ...parts.slice(whole + 1)]
}
