// The two ways in which the parts of a batch leave this process: through a stream, or into files.
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
  let left = parts.filter(({ byteLength }) => byteLength > 0)
  while (left.length > 0) {
    let { bytesWritten } = await file.writev(left, at)
    at += bytesWritten
    const whole = left.findIndex(({ byteLength }) => {
      if (bytesWritten < byteLength) return true
      bytesWritten -= byteLength
      return false
    })
    left = whole < 0 ? [] : [left[whole]!.subarray(bytesWritten), ...left.slice(whole + 1)]
  }
}
