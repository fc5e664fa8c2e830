// Ready batches for another process: an Arrow IPC stream for each batch, one after another, since no two batches need to have
// the same shape. Each carries the state of the loader after it.
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import type { LoaderState } from '../../loader/batch.js'
import { batchToArrowParts } from '../../loader/batch-arrow.js'
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
      const parts = batchToArrowParts(batch)
      const length = parts.reduce((sum, { byteLength }) => sum + byteLength, 0)
      if (!(await write(out, parts))) break
      // Pipes and sockets have copied what they wrote; a stream of another kind may only have put it aside.
      if (out instanceof Socket) batch.release?.()
      batches++
      bytes += length
      state = batch.state
    }
  } catch (error) {
    if (!gone) throw error
  } finally {
    out.off('close', leave)
  }
  return { batches, bytes, whole: !gone, state }
}

/**
 * Writes all parts with one call of the system, as many as it takes: the pixels go from the batch to the reader without being
 * copied on the way.
 * @returns false where nobody reads any more
 */
function write(out: Writable, parts: readonly Uint8Array[]): Promise<boolean> {
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
