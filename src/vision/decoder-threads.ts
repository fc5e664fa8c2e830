// Decoding spread over threads. Until threads have started, the thread that asks decodes itself, so that first pictures wait for
// nothing; then they take over what waits. The pixels are the same whoever decodes them. They lie in memory
// that all threads share (pixel-memory.ts); pictures are given to threads several at a time, since messages wake them.
import { MimicitError } from '../base/errors.js'
import { reviveError } from '../base/plain-error.js'
import { startWorker } from '../base/worker-thread.js'
import { createPictureDecoder, type PictureDecoder, type PictureDecoderOptions } from './decoder.js'
import type { DecodeAnswer, FromDecoder, ToDecoder } from './decoder-protocol.js'
import { pixelMemory } from './pixel-memory.js'

/** How decoding is spread. None of it changes a pixel. */
export interface DecoderSpread {
  /** Threads; 0 = decode in the thread that asks. */
  readonly threads: number
  /** Pictures decoded at once in the thread that asks. */
  readonly concurrency: number
}

/** A stream that has decoded so many pictures is worth threads, which take tens of milliseconds of CPU to start. */
const PICTURES_BEFORE_THREADS = 32
/** About as many are those of a first batch. */
const FIRST_PICTURES = 32
/** Pictures of one message to a thread at most. */
const LOT = 4
/** Of what V8 counts a thread has a few messages; what pictures take lies elsewhere. Unbounded it lets garbage of theirs lie. */
const HEAP = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 3 }
/** A thread with more pictures before it gets no others: it need not wait while those it has done are told. */
const ENOUGH_IN_THREAD = 4

interface Job {
  /** Decodes it in the thread that asks. */
  readonly own: PictureDecoder
  readonly options: PictureDecoderOptions
  readonly bytes: Uint8Array
  readonly where: string
  readonly into: Uint8Array
  readonly onDecoded: ((ms: number) => void) | undefined
  resolve(): void
  reject(error: unknown): void
}

/** Threads that decode, shared by several decoders. */
export interface DecoderThreads {
  /**
   * A decoder whose work is spread over the threads. Bytes that are alone in their buffer are handed over: they are gone
   * for the caller. Bytes in shared memory have to stay what they are until the picture is decoded.
   * @param onDecoded hears how long each picture took
   * @throws MimicitError MIMICIT_UNKNOWN_NAME for a transform that does not exist
   */
  decoder(options: PictureDecoderOptions, onDecoded?: (ms: number) => void): ThreadedDecoder
  /**
   * Starts the threads, for whoever knows that many pictures will come; without it some have to come first. One of several starts
   * later: while those of a first batch come, who asks for them needs a core as well.
   */
  start(): void
  /** Ends the threads; whatever has not been begun fails at once with MIMICIT_ABORTED. */
  close(): Promise<void>
}

/** A decoder whose work is spread. */
export interface ThreadedDecoder extends Pick<PictureDecoder, 'fingerprint'> {
  /** As `PictureDecoder.decode`. The pixels may lie in memory that threads share, which cannot be handed over. */
  decode(bytes: Uint8Array, where: string): Promise<Uint8Array>
  /** Takes back pixels of its own that nobody looks at any more: their memory holds a later picture. */
  recycle(pixels: Uint8Array): void
}

/** Opens the threads, which start when they are worth it. */
export function createDecoderThreads(spread: DecoderSpread): DecoderThreads {
  const { threads: count, concurrency } = spread
  const opened: PictureDecoder[] = []
  const memory = pixelMemory(count > 0)
  const threads: DecoderThread[] = []
  const queue: Job[] = []
  let begun = 0
  let answered = 0
  let atWorkHere = 0
  let started = 0
  let closed = false

  /** Gives what waits to the threads that have the least to do; where none has started yet, to the one that asks. */
  const deal = () => {
    const ready = threads.filter((thread) => thread.ready)
    while (ready.length === 0 && queue.length > 0 && atWorkHere < concurrency) void decodeHere(queue.shift()!)
    for (;;) {
      const idlest = ready.sort((a, b) => a.pending - b.pending)[0]
      if (queue.length === 0 || idlest === undefined || idlest.pending > ENOUGH_IN_THREAD) return
      // When there are few, each thread gets some.
      idlest.take(queue.splice(0, Math.min(LOT, Math.ceil(queue.length / threads.length))))
    }
  }
  const drop = (thread: DecoderThread) => {
    threads.splice(threads.indexOf(thread), 1)
    // Whatever ended the last of them may end this one too.
    if (threads.length === 0) for (const job of queue.splice(0)) job.reject(endedThread())
  }
  const decodeHere = async ({ own, bytes, where, into, onDecoded, resolve, reject }: Job) => {
    atWorkHere++
    const began = performance.now()
    await own.decode(bytes, where, into).then(resolve, reject)
    onDecoded?.(performance.now() - began)
    atWorkHere--
    deal()
  }
  const startUpTo = (wanted: number) => {
    if (closed) return
    for (; started < wanted; started++) threads.push(startThread({ deal, drop, done }))
  }
  const start = () => startUpTo(Math.min(count, Math.max(1, count - 1)))
  const done = (pictures: number) => {
    answered += pictures
    if (answered >= FIRST_PICTURES) startUpTo(count)
  }

  return {
    start,
    decoder(options, onDecoded) {
      const own = createPictureDecoder(options)
      opened.push(own)
      return {
        get fingerprint() {
          return own.fingerprint
        },
        recycle: memory.give,
        async decode(bytes, where) {
          if (closed) throw stopped(where)
          if (begun++ === PICTURES_BEFORE_THREADS) start()
          const into = memory.take(3 * options.size ** 2)
          const decoding = new Promise<void>((resolve, reject) => {
            queue.push({ own, options, bytes, where, into, onDecoded, resolve, reject })
            deal()
          })
          return decoding.then(
            () => into,
            (error: unknown) => {
              memory.give(into)
              throw error
            },
          )
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
  take(jobs: readonly Job[]): void
  /** Lets it finish the picture at hand. */
  close(): Promise<void>
}

interface ThreadOwner {
  /** It has answered for some pictures. */
  done(pictures: number): void
  /** It can take more. */
  deal(): void
  /** It has ended. */
  drop(thread: DecoderThread): void
}

function startThread({ deal, drop, done }: ThreadOwner): DecoderThread {
  const worker = startWorker(new URL('./decoder-worker.js', import.meta.url), undefined, HEAP)
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
  const answered = ({ ms, error }: DecodeAnswer) => {
    const job = given.shift()!
    job.onDecoded?.(ms)
    if (error === undefined) job.resolve()
    else job.reject(reviveError(error))
  }
  worker.on('message', (message: FromDecoder) => {
    switch (message.kind) {
      case 'ready':
        ready = true
        break
      case 'decoded':
        message.answers.forEach(answered)
        done(message.answers.length)
        // The thread keeps the process alive only while somebody waits for it: for pixels, or for its end.
        if (given.length === 0 && !closing) worker.unref()
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
    take(jobs) {
      const pictures = jobs.map(({ options, where, into, bytes: all }) => {
        // Only bytes that are alone in their buffer are handed over: a view would take its neighbours with it.
        const bytes = isShared(all) || all.byteLength === all.buffer.byteLength ? all : new Uint8Array(all)
        return { options, bytes, where, into }
      })
      given.push(...jobs)
      worker.ref()
      const buffers = pictures.flatMap(({ bytes }) => (isShared(bytes) ? [] : [bytes.buffer as ArrayBuffer]))
      say({ kind: 'decode', pictures }, [...new Set(buffers)])
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

const isShared = ({ buffer }: Uint8Array) => buffer instanceof SharedArrayBuffer

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
