// The other end of the loader's thread: an OpenStream whose work happens elsewhere.
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { MimicitError } from '../base/errors.js'
import { reviveError } from '../base/plain-error.js'
import { startWorker } from '../base/worker-thread.js'
import { aborted } from './aborted.js'
import type { StreamedBatch } from './batch.js'
import { batchBytes } from './collate.js'
import type { LoaderSettings } from './options.js'
import { type Outlook, outlookOf } from './outlook.js'
import type { SourceSettings } from './source-settings.js'
import { NO_STATS, type StreamStats } from './stats.js'
import type { OpenStream } from './stream.js'
import type { FromWorker, ToWorker, WorkerInput } from './worker-protocol.js'

/**
 * V8 lets a heap that may have 4 GB grow to four times what is in use before it looks for garbage in all of it, one that may have 2
 * GB, as on smaller machines, to twice. Of 36 MB in use 140 were taken, by and by. Plans of batches ahead outlive a young generation
 * of any size, so that is small too.
 */
const HEAP = { maxOldGenerationSizeMb: 2000, maxYoungGenerationSizeMb: 12 }

/**
 * Opens a stream in a thread of its own.
 * @param signal gives up opening
 */
export async function openWorkerStream(
  sources: readonly SourceSettings[],
  settings: LoaderSettings,
  signal?: AbortSignal,
): Promise<OpenStream> {
  const { port1: batches, port2 } = new MessageChannel()
  const input: WorkerInput = { sources, settings, batches: port2 }
  const worker = startWorker(new URL('./worker.js', import.meta.url), input, HEAP, [port2])
  const inbox: FromWorker[] = []
  let notify: (() => void) | undefined
  let exited = false
  let heard = false
  let stats: StreamStats = NO_STATS
  const deliver = (message: FromWorker) => {
    inbox.push(message)
    notify?.()
  }
  worker.on('message', (message: FromWorker) => {
    heard = true
    deliver(message)
  })
  worker.on('error', (error) => deliver({ kind: 'error', error: { message: error.message, stack: error.stack } }))
  const exit = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      exited = true
      deliver({ kind: 'closed' })
      resolve()
    })
  })
  const say = (message: ToWorker) => {
    if (!exited) worker.postMessage(message)
  }
  const receive = async (signal?: AbortSignal): Promise<FromWorker> => {
    for (;;) {
      if (signal?.aborted) throw aborted()
      const message = inbox.shift()
      if (message !== undefined) return message
      await new Promise<void>((resolve) => {
        // The listener goes with the wait: one signal may live as long as a thousand batches.
        notify = () => {
          signal?.removeEventListener('abort', notify!)
          resolve()
        }
        signal?.addEventListener('abort', notify, { once: true })
      })
    }
  }
  const close = async () => {
    if (heard) say({ kind: 'close' })
    // One that is still loading its modules would hear of it when it is done.
    else void worker.terminate()
    await exit
    // Not before: batches that the thread made before its end lie there until they are taken.
    batches.close()
  }

  const told = async (): Promise<Omit<Outlook, 'known'>> => {
    const first = await receive(signal)
    // Its thread knows by itself whether there are many.
    if (first.kind === 'ready') return { facts: first.facts, many: false }
    throw first.kind === 'error' ? reviveError(first.error) : lost()
  }
  const { facts, many } = await outlookOf(sources, settings, signal)
    .then((outlook) => {
      say({ kind: 'open', known: outlook?.known })
      return outlook ?? told()
    })
    .catch(async (error: unknown) => {
      await close()
      throw error
    })

  return {
    facts,
    stats: () => stats,
    recycle(buffer) {
      if (!exited) batches.postMessage(buffer, [buffer])
    },
    close,
    async *batches(signal): AsyncGenerator<StreamedBatch> {
      say({ kind: 'start', many })
      for (;;) {
        const message = await receive(signal)
        switch (message.kind) {
          case 'batch': {
            stats = message.stats
            const batch = receiveMessageOnPort(batches)?.message as StreamedBatch | undefined
            // A thread that was stopped from outside may take its end of the channel with it.
            if (batch === undefined) throw lost()
            say({ kind: 'taken', bytes: batchBytes(batch) })
            yield batch
            break
          }
          case 'end':
            return
          case 'error':
            throw reviveError(message.error)
          case 'closed':
            throw lost()
          case 'ready':
            if (message.facts.plan !== facts.plan) throw changed(sources)
            break
          default:
            message satisfies never
        }
      }
    },
  }
}

const changed = (sources: readonly SourceSettings[]) =>
  new MimicitError('MIMICIT_SOURCE_CHANGED', {
    expected: 'data sets that stay what they are while they are opened',
    where: sources.map(({ source }) => source).join(', '),
    received: 'others',
    hint: 'Open them again when nobody writes to them any more.',
  })

function lost(): MimicitError {
  return new MimicitError('MIMICIT_INTERNAL', {
    expected: 'batches',
    where: "the loader's thread",
    received: 'its end',
    hint: 'It ran out of memory or was stopped from outside.',
  })
}
