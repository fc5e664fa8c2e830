// Ready batches for another process: an Arrow IPC stream for each batch, one after another, since no two batches need to have
// the same shape. Each carries the state of the loader after it.
import type { Writable } from 'node:stream'
import type { LoaderState } from '../../loader/batch.js'
import { batchToArrow } from '../../loader/batch-arrow.js'
import type { Loader } from '../../loader/load-mimic-it.js'

/** What was served. */
export interface ServedBatches {
  readonly batches: number
  readonly bytes: number
  /** False where the reader left before the end. */
  readonly whole: boolean
  /** After the last batch that was written; undefined where there was none. */
  readonly state: LoaderState | undefined
}

/**
 * Writes the batches of a loader until it ends or the reader leaves. A reader that is slow is waited for: beyond the loader's
 * `prefetchBytes` nothing is made ahead of it.
 * @throws MimicitError whatever the loader throws
 */
export async function serveBatches(loader: Loader, out: Writable): Promise<ServedBatches> {
  let batches = 0
  let bytes = 0
  let state: LoaderState | undefined
  let gone = out.destroyed
  // Its reader has left; a write that is under way says so too.
  const leave = () => {
    gone = true
    void loader.close()
  }
  out.once('close', leave)
  out.once('error', leave)
  try {
    for await (const batch of loader) {
      if (gone) break
      const encoded = batchToArrow(batch)
      batch.release?.()
      if (!(await write(out, encoded))) break
      batches++
      bytes += encoded.byteLength
      state = batch.state
    }
  } catch (error) {
    if (!gone) throw error
  } finally {
    out.off('close', leave)
  }
  return { batches, bytes, whole: !gone, state }
}

/** @returns false where nobody reads any more */
function write(out: Writable, bytes: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    const closed = () => resolve(false)
    out.once('close', closed)
    out.write(bytes, (error) => {
      out.off('close', closed)
      resolve(!error)
    })
  })
}
