// The threads of a stream of pictures: each reads and hashes runs while this one does what the pictures are for.
import { availableParallelism } from 'node:os'
import { startWorker } from '../base/worker-thread.js'
import { extentOf, type PictureRun, picturesOf } from './picture-run.js'

/** One for each core, as far as there is something to win. */
const THREADS = Math.min(4, availableParallelism())

/** What a thread is asked for. */
export interface RunRequest {
  readonly path: string
  readonly offset: number
  /** To be filled, and handed back. It is made here, where V8 then notices what it has to free. */
  readonly buffer: ArrayBuffer
  /** The records of the pictures: where they lie and what they must hash to. */
  readonly records: Uint8Array
}

/** The filled buffer, or undefined if the bytes could not be read or a picture is not as it was stored. */
export type RunReply = ArrayBuffer | undefined

/** Threads that read runs. */
export interface RunThreads {
  /** The pictures of a run; undefined if no thread is ready, or none could give them. */
  read(run: PictureRun): Promise<readonly Uint8Array[] | undefined>
  close(): Promise<void>
}

/** Starts them; until the first is ready, nobody waits for them. */
export function startRunThreads(): RunThreads {
  const threads = Array.from({ length: THREADS }, startRunThread)
  return {
    async read({ file, records }) {
      const path = file.localPath
      const ready = threads.filter((thread) => thread.ready())
      if (path === undefined || ready.length === 0) return undefined
      const idlest = ready.reduce((best, thread) => (thread.waiting() < best.waiting() ? thread : best))
      // A copy: of a view, all that lies under it would be sent.
      const own = new Uint8Array(records.buffer, records.byteOffset, records.byteLength).slice()
      const { offset, length } = extentOf(records)
      const { buffer } = Buffer.allocUnsafeSlow(length)
      const bytes = await idlest.ask({ path, offset, buffer: buffer as ArrayBuffer, records: own })
      return bytes === undefined ? undefined : picturesOf(new Uint8Array(bytes), records)
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.close()))
    },
  }
}

function startRunThread() {
  const worker = startWorker(new URL('./picture-run-worker.js', import.meta.url), undefined)
  const waiting: ((reply: RunReply) => void)[] = []
  let ready = false
  const end = () => {
    ready = false
    for (const answer of waiting.splice(0)) answer(undefined)
  }
  // The first message says that the thread is there.
  worker.once('message', () => {
    ready = true
    worker.on('message', (reply: RunReply) => waiting.shift()?.(reply))
  })
  // A thread that dies takes nothing with it: what it was asked for is read by who asked.
  worker.on('error', end)
  worker.on('exit', end)
  worker.unref()
  return {
    ready: () => ready,
    waiting: () => waiting.length,
    async ask(request: RunRequest): Promise<RunReply> {
      const reply = new Promise<RunReply>((resolve) => waiting.push(resolve))
      // The thread keeps the process alive only while somebody waits for it.
      worker.ref()
      worker.postMessage(request, [request.buffer])
      const bytes = await reply
      if (waiting.length === 0) worker.unref()
      return bytes
    },
    close: () => worker.terminate(),
  }
}
