// Threads that read batches of placed pictures, one less than the machine has cores. Results do not depend on who made
// them: what a thread cannot do, or has no time for, is done here.
import { availableParallelism } from 'node:os'
import { startWorker } from '../../base/worker-thread.js'
import { createBatchReader, FETCH_BYTES, type FetchedBatch, type PlaceBatch } from './batch.js'

/** What a thread is asked for. */
export interface BatchRequest {
  readonly kind: 'look' | 'fetch'
  readonly batch: PlaceBatch
  /** Memory for what is fetched. */
  readonly into?: ArrayBuffer | undefined
}

/** Its answer; undefined if it could not read the batch. */
export type BatchReply = Uint8Array<ArrayBuffer> | FetchedBatch | undefined

/** Whoever reads batches. */
export interface BatchThreads {
  /** As `BatchReader.look`. */
  look(batch: PlaceBatch): Promise<Uint8Array>
  /** As `BatchReader.fetch`. */
  fetch(batch: PlaceBatch): Promise<FetchedBatch>
  /** Gives back what was fetched, to be used again: new memory for each would have V8 look for garbage all the time. */
  release(batch: FetchedBatch): void
  /** Batches that are worth having under way at once. */
  readonly atOnce: number
  /** Ends them; twice does no harm. What is asked for afterwards is done here. */
  close(): Promise<void>
}

/** More would wait for the thread that scans. */
const MOST_THREADS = 3
/** Small imports end before a thread has started. */
const BATCHES_BEFORE_THREADS = 3
/** Batches that a thread has before it; where all have as many, this thread looks at one itself. */
const WAITING = 2

/**
 * Starts none yet.
 * @param count threads
 * @param before batches that are read here first
 */
export function createBatchThreads(
  count = Math.min(MOST_THREADS, availableParallelism() - 1),
  before = BATCHES_BEFORE_THREADS,
): BatchThreads {
  const here = createBatchReader()
  let threads: Thread[] | undefined
  const free: ArrayBuffer[] = []
  let seen = 0
  const idlest = () => {
    if (seen++ < before) return undefined
    threads ??= Array.from({ length: count }, startThread)
    return threads.filter(({ ended }) => !ended).sort((a, b) => a.waiting - b.waiting)[0]
  }
  return {
    atOnce: 1 + WAITING * Math.max(1, count),
    async look(batch) {
      const thread = idlest()
      const made = thread && thread.waiting < WAITING ? await thread.ask({ kind: 'look', batch }) : undefined
      return (made as Uint8Array | undefined) ?? here.look(batch)
    },
    async fetch(batch) {
      // Whoever asks writes what is brought, which is more work than bringing it.
      const thread = idlest()
      const into = free.pop()
      const made = thread && (await thread.ask({ kind: 'fetch', batch, into }))
      return (
        (made as FetchedBatch | undefined) ?? here.fetch(batch, into?.byteLength === FETCH_BYTES ? into : undefined)
      )
    },
    release({ bytes }) {
      if (bytes.byteLength === FETCH_BYTES) free.push(bytes)
    },
    async close() {
      here.close()
      free.length = 0
      for (const { worker } of threads?.splice(0) ?? []) await worker.terminate()
    },
  }
}

/** Its heap holds a text at a time: what may grow more would, and all memory is counted. */
const LIMITS = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 64 }

interface Thread {
  readonly worker: ReturnType<typeof startWorker>
  readonly waiting: number
  readonly ended: boolean
  ask(request: BatchRequest): Promise<BatchReply>
}

function startThread(): Thread {
  const worker = startWorker(new URL('./batch-worker.js', import.meta.url), undefined, LIMITS)
  const waiting: ((reply: BatchReply) => void)[] = []
  let ended = false
  const end = () => {
    ended = true
    for (const answer of waiting.splice(0)) answer(undefined)
  }
  worker.on('message', (reply: BatchReply) => waiting.shift()!(reply))
  // A thread that dies takes nothing with it: what it was asked for is done here.
  worker.on('error', end)
  worker.on('exit', end)
  worker.unref()
  return {
    worker,
    get waiting() {
      return waiting.length
    },
    get ended() {
      return ended
    },
    async ask(request) {
      const reply = new Promise<BatchReply>((resolve) => waiting.push(resolve))
      // The thread keeps the process alive only while somebody waits for it.
      worker.ref()
      worker.postMessage(request, request.into === undefined ? [] : [request.into])
      const answer = await reply
      if (waiting.length === 0) worker.unref()
      return answer
    },
  }
}
