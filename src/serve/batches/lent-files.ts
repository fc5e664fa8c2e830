// Batches for a reader that lends the memory they go to: it names files, a line each, and is told of each how many bytes it has
// now. Files in memory (memfd, /dev/shm) that the reader has mapped are read where they were written, so that a batch is copied
// once on its way, where a pipe copies it twice, page by page.
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { asIoError } from '../../io/directory.js'
import { writeToFile } from './write-parts.js'

/** Files that a reader has lent, in its order. */
export interface LentFiles {
  /**
   * Fills the next one, when it is there.
   * @returns false where nobody lends any more
   * @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_IO
   */
  fill(parts: readonly Uint8Array[]): Promise<boolean>
  /** Waits for no other one. */
  close(): void
}

/**
 * @param lent paths, a line each
 * @param signal ends the waiting, as if nobody lent any more
 */
export function lentFiles(lent: Readable, signal?: AbortSignal): LentFiles {
  const lines = createInterface({ input: lent, ...(signal && { signal }) })
  const paths = lines[Symbol.asyncIterator]()
  return {
    async fill(parts) {
      const { value: path, done } = await paths.next()
      if (done) return false
      // Opened each time: a path in /proc may be another file by then.
      const file = await open(path, 'r+').catch((error: unknown) => {
        throw asIoError(error, path)
      })
      try {
        await writeToFile(file, parts)
      } catch (error) {
        throw asIoError(error, path)
      } finally {
        await file.close()
      }
      return true
    },
    close: () => lines.close(),
  }
}
