// Decoding spread over threads. A stream begins to decode in its own thread, so that its first pictures wait for nothing;
// once it has got some way, threads are started and take over. The pixels are the same whoever decodes them.
import { MimicitError } from '../base/errors.js'
import { limit } from '../base/limit.js'
import { type PlainError, reviveError } from '../base/plain-error.js'
import { startWorker } from '../base/worker-thread.js'
import { createPictureDecoder, type PictureDecoder, type PictureDecoderOptions } from './decoder.js'
import type { FromDecoder, ToDecoder } from './decoder-protocol.js'

/** How decoding is spread. None of it changes a pixel. */
export interface DecoderSpread {
  /** Threads; 0 = decode in the thread that asks. */
  readonly threads: number
  /** Pictures decoded at once in the thread that asks. */
  readonly concurrency: number
  /** Hears how long each picture took. */
  readonly onDecoded?: (ms: number) => void
}

/** A stream that has decoded so many pictures is worth threads, which take tens of milliseconds of CPU to start. */
const PICTURES_BEFORE_THREADS = 32
/** Pictures that a thread has before it: one at work, and one so that it need not wait for the next. */
const PICTURES_IN_THREAD = 2

interface Job {
  readonly options: PictureDecoderOptions
  readonly bytes: Uint8Array
  readonly where: string
  resolve(pixels: Uint8Array): void
  reject(error: unknown): void
}

/** Threads that decode, shared by several decoders. */
export interface DecoderThreads {
  /**
   * A decoder whose work is spread over the threads. Bytes that are alone in their buffer are handed over: they are gone
   * for the caller.
   * @throws MimicitError MIMICIT_UNKNOWN_NAME for a transform that does not exist
   */
  decoder(options: PictureDecoderOptions): Pick<PictureDecoder, 'decode' | 'fingerprint'>
  /** Ends the threads; whatever has not been begun fails at once with MIMICIT_ABORTED. */
  close(): Promise<void>
}

/** Opens the threads, which start when they are worth it. */
export function createDecoderThreads(spread: DecoderSpread): DecoderThreads {
  const { threads: count, concurrency, onDecoded } = spread
  const opened: PictureDecoder[] = []
  const here = limit(concurrency)
  const threads: DecoderThread[] = []
  const queue: Job[] = []
  let begun = 0
  let closed = false

  /** Gives what waits to the threads that have the least to do. */
  const deal = () => {
    for (;;) {
      const idlest = threads.filter(({ ready }) => ready).sort((a, b) => a.pending - b.pending)[0]
      if (queue.length === 0 || idlest === undefined || idlest.pending >= PICTURES_IN_THREAD) return
      idlest.take(queue.shift()!)
    }
  }
  const drop = (thread: DecoderThread) => {
    threads.splice(threads.indexOf(thread), 1)
    // Without any thread nobody would take what waits.
    if (threads.length === 0) for (const job of queue.splice(0)) job.reject(endedThread())
  }
  const decodeHere = (own: PictureDecoder, bytes: Uint8Array, where: string) =>
    here(async () => {
      if (closed) throw stopped(where)
      const began = performance.now()
      try {
        return await own.decode(bytes, where)
      } finally {
        onDecoded?.(performance.now() - began)
      }
    })

  return {
    decoder(options) {
      const own = createPictureDecoder(options)
      opened.push(own)
      return {
        fingerprint: own.fingerprint,
        async decode(bytes, where) {
          if (closed) throw stopped(where)
          if (count > 0 && begun++ === PICTURES_BEFORE_THREADS) {
            for (let i = 0; i < count; i++) threads.push(startThread({ deal, drop, onDecoded }))
          }
          if (!threads.some(({ ready }) => ready)) return decodeHere(own, bytes, where)
          return new Promise((resolve, reject) => {
            queue.push({ options, bytes, where, resolve, reject })
            deal()
          })
        },
      }
    },
    async close() {
      closed = true
      for (const { where, reject } of queue.splice(0)) reject(stopped(where))
      await Promise.all([...opened, ...threads].map((one) => one.close()))
    },
  }
}

interface DecoderThread {
  /** Whether it has started. */
  readonly ready: boolean
  /** Pictures it was given and has not answered. */
  readonly pending: number
  take(job: Job): void
  /** Lets it finish the picture at hand. */
  close(): Promise<void>
}

interface ThreadOwner {
  /** It can take more. */
  deal(): void
  /** It has ended. */
  drop(thread: DecoderThread): void
  readonly onDecoded: ((ms: number) => void) | undefined
}

function startThread({ deal, drop, onDecoded }: ThreadOwner): DecoderThread {
  const worker = startWorker(new URL('./decoder-worker.js', import.meta.url), undefined)
  const given: Job[] = []
  let ready = false
  let closing = false
  let ended = false
  const exit = new Promise<void>((resolve) => {
    const end = (error?: Error) => {
      if (!ended && !closing) drop(thread)
      ended = true
      for (const job of given.splice(0)) job.reject(closing ? stopped(job.where) : endedThread(error))
      resolve()
    }
    worker.once('error', end)
    worker.once('exit', () => end())
  })
  const answered = (ms: number): Job => {
    onDecoded?.(ms)
    // The thread keeps the process alive only while somebody waits for it: for pixels, or for its end.
    if (given.length === 1 && !closing) worker.unref()
    return given.shift()!
  }
  worker.on('message', (message: FromDecoder) => {
    switch (message.kind) {
      case 'ready':
        ready = true
        break
      case 'pixels':
        answered(message.ms).resolve(message.pixels)
        break
      case 'error':
        answered(message.ms).reject(reviveError(message.error as PlainError))
        break
      default:
        message satisfies never
    }
    deal()
  })
  worker.unref()
  const say = (message: ToDecoder, transfer: ArrayBuffer[] = []) => worker.postMessage(message, transfer)
  const thread: DecoderThread = {
    get ready() {
      return ready
    },
    get pending() {
      return given.length
    },
    take(job) {
      const { options, where } = job
      const { buffer, byteLength } = job.bytes
      // Only bytes that are alone in their buffer are handed over: a view would take its neighbours with it.
      const own = byteLength === buffer.byteLength ? job.bytes : new Uint8Array(job.bytes)
      given.push(job)
      worker.ref()
      say({ kind: 'decode', options, bytes: own, where }, [own.buffer as ArrayBuffer])
    },
    async close() {
      closing = true
      if (ended) return
      worker.ref()
      // One that is still starting has no picture to finish.
      if (ready) say({ kind: 'close' })
      else void worker.terminate()
      await exit
    },
  }
  return thread
}

const stopped = (where: string) =>
  new MimicitError('MIMICIT_ABORTED', {
    expected: 'to go on',
    where: `decoding ${where}`,
    received: 'a request to stop',
  })

const endedThread = (cause?: Error) =>
  new MimicitError('MIMICIT_INTERNAL', {
    expected: 'pixels',
    where: 'a thread that decodes pictures',
    received: cause === undefined ? 'its end' : cause.message,
    hint: 'It ran out of memory or was stopped from outside.',
    cause,
  })
