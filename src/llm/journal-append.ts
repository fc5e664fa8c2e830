// Lines on their way to the disk: those that come while earlier ones are being synced go together with the next sync, so
// that a hundred calls at once do not wait for a hundred syncs in a row.
import type { FileHandle } from 'node:fs/promises'
import { asIoError } from '../io/directory.js'

/** What appends. */
export interface Appender {
  /** Appends a line, in the order of the calls; it is on the disk when this returns. */
  append(line: Uint8Array): Promise<void>
  /** Waits for everything that was appended. */
  settled(): Promise<void>
}

interface Waiting {
  readonly line: Uint8Array
  resolve(): void
  reject(error: unknown): void
}

/** @param handle a file open for appending */
export function appender(handle: FileHandle, path: string): Appender {
  let waiting: Waiting[] = []
  let running: Promise<void> | undefined
  // After a failure half a line may stand at the end: whatever came behind it would be lost with it.
  let broken: unknown
  const run = async () => {
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      try {
        if (broken !== undefined) throw broken
        await handle.appendFile(group.length === 1 ? group[0]!.line : Buffer.concat(group.map(({ line }) => line)))
        await handle.datasync()
        for (const { resolve } of group) resolve()
      } catch (error) {
        broken = asIoError(error, path)
        for (const { reject } of group) reject(broken)
      }
    }
    running = undefined
  }
  return {
    append: (line) =>
      new Promise((resolve, reject) => {
        // Not by the loop: it would end before `running` is set, and nobody would ever be answered again.
        if (broken !== undefined) return reject(broken)
        waiting.push({ line, resolve, reject })
        running ??= run()
      }),
    settled: async () => running,
  }
}
