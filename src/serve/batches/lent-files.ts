// Batches for a reader that lends the memory they go to: it names files, a line each, and is told of each how many bytes it has
// now. Files in memory (memfd, /dev/shm) that the reader has mapped are read where they were written, so that a batch is copied
// once on its way, where a pipe copies it twice, page by page.
import { closeSync, openSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { asIoError } from '../../io/directory.js'
import { writeToFile, writeToFileNow } from './write-parts.js'

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
      try {
        // Opened each time: a path in /proc may be another file by then.
        if (parts.reduce((sum, { byteLength }) => sum + byteLength, 0) <= AT_ONCE) writeToPath(path, parts)
        else await writeInTheBackground(path, parts)
      } catch (error) {
        throw asIoError(error, path)
      }
      return true
    },
    close: () => lines.close(),
  }
}

/** So much is written sooner than another thread has been asked to. */
const AT_ONCE = 1 << 20

function writeToPath(path: string, parts: readonly Uint8Array[]): void {
  const file = openSync(path, 'r+')
  try {
    writeToFileNow(file, parts)
  } finally {
    closeSync(file)
  }
}

async function writeInTheBackground(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await writeToFile(file, parts)
  } finally {
    await file.close()
  }
}
