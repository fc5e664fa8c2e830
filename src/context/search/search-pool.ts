// Search on several cores: tasks go to whichever thread is free, answers belong to their tasks, so that neither the number
// of threads nor timing changes a result.
import { MimicitError } from '../../base/errors.js'
import { startWorker } from '../../base/worker-thread.js'
import { chooseBackend } from '../../tensors/backend.js'
import type { Vectors } from './matrix.js'
import type { Nearest } from './nearest.js'
import { answer, type PoolReply, type PoolRequest, type Range, type SearchTask } from './task.js'

/** Threads that search in the same vectors. */
export interface SearchPool {
  search(task: SearchTask): Promise<Nearest>
  /** The nearest centre of each row of a range. */
  assign(range: Range, centres: Float32Array): Promise<Int32Array>
  close(): Promise<void>
}

/**
 * @param vectors on a SharedArrayBuffer if there are threads
 * @param threads 0 = in this thread
 */
export async function createSearchPool(vectors: Vectors, threads: number): Promise<SearchPool> {
  let next = 0
  const ask = threads === 0 ? await ownThread(vectors) : otherThreads(vectors, threads)
  return {
    async search(task) {
      const reply = await ask.ask({ id: next++, kind: 'search', task })
      return 'nearest' in reply ? reply.nearest : failed(reply)
    },
    async assign(range, centres) {
      const reply = await ask.ask({ id: next++, kind: 'assign', range, centres })
      return 'cells' in reply ? reply.cells : failed(reply)
    },
    close: ask.close,
  }
}

type Thread = ReturnType<typeof startWorker>

interface Asked {
  ask(request: PoolRequest): Promise<PoolReply>
  close(): Promise<void>
}

async function ownThread(vectors: Vectors): Promise<Asked> {
  const { tf } = await chooseBackend('wasm')
  return { ask: async (request) => answer(tf, vectors, request), close: async () => undefined }
}

function otherThreads(vectors: Vectors, threads: number): Asked {
  const waiting: { readonly request: PoolRequest; readonly give: (reply: PoolReply) => void }[] = []
  const free: Thread[] = []
  const busy = new Map<Thread, { readonly id: number; readonly give: (reply: PoolReply) => void }>()
  let lost: string | undefined
  const handOut = () => {
    while (lost === undefined && free.length > 0 && waiting.length > 0) {
      const worker = free.pop()!
      const { request, give } = waiting.shift()!
      busy.set(worker, { id: request.id, give })
      worker.postMessage(request)
    }
  }
  const lose = (reason: string) => {
    lost ??= reason
    for (const { id, give } of busy.values()) give({ id, error: lost })
    for (const { request, give } of waiting.splice(0)) give({ id: request.id, error: lost })
    busy.clear()
  }
  const workers = Array.from({ length: threads }, () => {
    const worker = startWorker(new URL('./search-worker.js', import.meta.url), vectors)
    worker.on('message', (reply: PoolReply) => {
      busy.get(worker)?.give(reply)
      busy.delete(worker)
      free.push(worker)
      handOut()
    })
    worker.on('error', (error) => lose(error.stack ?? error.message))
    worker.on('exit', () => lose('it ended'))
    free.push(worker)
    return worker
  })
  return {
    ask: (request) =>
      new Promise((give) => {
        if (lost !== undefined) return give({ id: request.id, error: lost })
        waiting.push({ request, give })
        handOut()
      }),
    async close() {
      lose('it was closed')
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}

function failed(reply: PoolReply): never {
  throw new MimicitError('MIMICIT_INTERNAL', {
    expected: 'an answer',
    where: 'a thread that searches for similar pairs',
    received: 'error' in reply ? reply.error : 'another kind of answer',
    hint: 'It ran out of memory or was stopped from outside; with --threads 0 the search runs without threads.',
  })
}
