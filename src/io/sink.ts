// A file being written: bytes go out in order, are hashed on the way, and are on the disk when `finish` returns.
import { type FileHandle, open } from 'node:fs/promises'
import { sha256Stream } from '../base/hash.js'
import { asIoError } from './directory.js'

/** What is known of a finished file. */
export interface WrittenFile {
  readonly bytes: number
  /** SHA-256 of the whole file, 64 hex digits. */
  readonly sha256: string
}

/** A file open for sequential writing. */
export interface FileSink {
  /** Appends bytes; the caller may reuse them once the promise is settled. */
  write(bytes: Uint8Array): Promise<void>
  /** What was written so far is on the disk when this returns. */
  sync(): Promise<void>
  /** fsyncs and closes. */
  finish(): Promise<WrittenFile>
  /** Closes without finishing; the file stays incomplete. */
  abort(): Promise<void>
}

/** What is written meanwhile goes to the disk in the background by so much: a whole shard at its end would be waited for. */
const FLUSH_BYTES = 64 << 20

/** Creates a file (it must not exist) for sequential writing. */
export async function createSink(path: string): Promise<FileSink> {
  let handle: FileHandle
  try {
    handle = await open(path, 'wx')
  } catch (error) {
    throw asIoError(error, path)
  }
  const hash = sha256Stream()
  let bytesWritten = 0
  let flushed = 0
  let flushing: Promise<void> | undefined
  /** The system tells of a write that failed once, to whoever asks first. */
  let failed: unknown
  const flush = () => {
    if (flushing !== undefined || bytesWritten - flushed < FLUSH_BYTES) return
    flushed = bytesWritten
    flushing = handle
      .datasync()
      .catch((error: unknown) => {
        failed ??= error
      })
      .finally(() => {
        flushing = undefined
      })
  }
  /** As `work`, when nothing is under way in the background; the error is that of the file, whoever met it. */
  const settled = async (work: () => Promise<void>) => {
    try {
      await flushing
      if (failed !== undefined) throw failed
      await work()
    } catch (error) {
      throw asIoError(error, path)
    }
  }
  const writeAll = async (bytes: Uint8Array) => {
    try {
      let done = 0
      while (done < bytes.byteLength) done += (await handle.write(bytes, done)).bytesWritten
    } catch (error) {
      throw asIoError(error, path)
    }
  }
  return {
    async write(bytes) {
      const writing = writeAll(bytes)
      // Meanwhile: the file is written by another thread.
      hash.update(bytes)
      await writing
      bytesWritten += bytes.byteLength
      flush()
    },
    sync: () => settled(() => handle.datasync()),
    async finish() {
      try {
        await settled(() => handle.sync())
      } finally {
        await handle.close()
      }
      return { bytes: bytesWritten, sha256: hash.digest('hex') }
    },
    async abort() {
      await flushing
      await handle.close()
    },
  }
}

/** Writes a whole small file and fsyncs it. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<WrittenFile> {
  const sink = await createSink(path)
  try {
    await sink.write(bytes)
  } catch (error) {
    await sink.abort()
    throw error
  }
  return sink.finish()
}
