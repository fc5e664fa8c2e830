// Ready batches for another process: an Arrow IPC stream for each batch, one after another, since no two batches need to have
// the same shape. Each carries the state of the loader after it.
import { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import type { LoaderState, StreamedBatch } from '../../loader/batch.js'
import { batchToArrowParts } from '../../loader/batch-arrow.js'
import type { Loader } from '../../loader/load-mimic-it.js'
import { lentFiles } from './lent-files.js'
import { writeToStream } from './write-parts.js'

/** What was served. */
export interface ServedBatches {
  readonly batches: number
  readonly bytes: number
  /** False where the reader left before the end. */
  readonly whole: boolean
  /** After the last batch that was written; undefined where there was none. */
  readonly state: LoaderState | undefined
}

/** How batches come to their reader. */
export interface ServeOptions {
  /**
   * Paths of files that the reader lends, a line each: a batch goes into the next one, and on the stream stands, as a line, how
   * many bytes it has. @default batches stand on the stream
   */
  readonly lent?: Readable
  /** Ends the waiting for a file; the loader has the same. */
  readonly signal?: AbortSignal
}

/**
 * Writes the batches of a loader until it ends or the reader leaves. A reader that is slow is waited for: beyond one batch and the
 * loader's `prefetchBytes` nothing is made ahead of it.
 * @throws MimicitError whatever the loader throws; MIMICIT_NOT_FOUND and MIMICIT_IO for files that were lent
 */
export async function serveBatches(
  loader: Loader,
  out: Writable,
  { lent, signal }: ServeOptions = {},
): Promise<ServedBatches> {
  let batches = 0
  let bytes = 0
  let state: LoaderState | undefined
  let gone = out.destroyed
  const files = lent && lentFiles(lent, signal)
  // Its reader has left; a write that is under way says so too.
  const leave = () => {
    gone = true
    files?.close()
    void loader.close()
  }
  out.once('close', leave)
  out.once('error', leave)
  /** @returns whether anybody wants the next one */
  const deliver = async (batch: StreamedBatch): Promise<boolean> => {
    const parts = batchToArrowParts(batch)
    const length = parts.reduce((sum, { byteLength }) => sum + byteLength, 0)
    if (files !== undefined && !(await files.fill(parts))) {
      // The loader says that it was stopped.
      if (signal?.aborted) return true
      gone = true
      return false
    }
    if (!(await writeToStream(out, files === undefined ? parts : [Buffer.from(`${length}\n`)]))) return false
    // Files, pipes and sockets have copied what they wrote; a stream of another kind may only have put it aside.
    if (files !== undefined || out instanceof Socket) batch.release?.()
    batches++
    bytes += length
    state = batch.state
    return true
  }
  // While one is on its way the next is made, by this thread where the loader has none of its own.
  let delivered = Promise.resolve(true)
  try {
    for await (const batch of loader) {
      if (!(await delivered) || gone) break
      delivered = deliver(batch)
      delivered.catch(() => undefined)
    }
    await delivered
  } catch (error) {
    // What was made before it went wrong comes whole.
    await delivered.catch(() => false)
    if (!gone) throw error
  } finally {
    out.off('close', leave)
    files?.close()
  }
  return { batches, bytes, whole: !gone, state }
}
