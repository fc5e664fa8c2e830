// What the loader's thread does: runs the same stream as in-process and hands its batches over without copying. It stays at most
// `prefetchBytes` ahead of the thread that trains, which reports every batch it takes.
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { plainError } from '../base/plain-error.js'
import type { DecoderThreads } from '../vision/decoder-threads.js'
import { batchBuffers, batchBytes } from './collate.js'
import type { KnownManifests } from './open-sources.js'
import { type OpenStream, openStream } from './stream.js'
import type { FromWorker, ToWorker, WorkerInput } from './worker-protocol.js'

/**
 * The part of `prefetchBytes` that lies between the threads as finished batches; the rest is for those whose pictures are at hand
 * here, which hold a quarter of the memory that float32 pixels take. Beside one that waits there and one that waits to go there it
 * wins nothing: to fill the next one takes some milliseconds.
 */
const BETWEEN_THREADS = 1 / 4

/** A stream at work in this thread. */
export interface RunningStream {
  /** Takes what the other thread says, in its order. */
  hear(message: ToWorker): void
}

/** Opens a stream when it is asked to, and waits for the word to begin; at its end nothing keeps the thread alive. */
export function runStream(
  port: MessagePort,
  { sources, settings, batches }: WorkerInput,
  decoders: DecoderThreads,
): RunningStream {
  const stop = new AbortController()
  let open: (known: KnownManifests | undefined) => void
  const asked = new Promise<KnownManifests | undefined>((resolve) => {
    open = resolve
  })
  let begin: () => void
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  let untaken = 0
  let stream: OpenStream | undefined
  let wake: (() => void) | undefined

  const send = (message: FromWorker) => port.postMessage(message)
  /** Memory of a batch that its consumer has given back. */
  const returned = () => receiveMessageOnPort(batches)?.message as ArrayBuffer | undefined

  const run = async () => {
    const own = { ...settings, prefetchBytes: settings.prefetchBytes * (1 - BETWEEN_THREADS) }
    const known = await asked
    if (stop.signal.aborted) return
    stream = await openStream(sources, own, stop.signal, { returned, decoders }, known)
    try {
      send({ kind: 'ready', facts: stream.facts })
      await begun
      await pump(stream)
    } finally {
      await stream.close()
    }
  }
  const pump = async (stream: OpenStream) => {
    for await (const batch of stream.batches()) {
      if (stop.signal.aborted) return
      const bytes = batchBytes(batch)
      while (untaken > 0 && untaken + bytes > settings.prefetchBytes * BETWEEN_THREADS) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        if (stop.signal.aborted) return
      }
      untaken += bytes
      batches.postMessage(batch, batchBuffers(batch))
      send({ kind: 'batch', stats: stream.stats() })
    }
    send({ kind: 'end' })
  }
  const end = async () => {
    await run().catch((error: unknown) => {
      if (!stop.signal.aborted) send({ kind: 'error', error: plainError(error) })
    })
    // A stream that was never opened has not ended them.
    await decoders.close()
    send({ kind: 'closed' })
    batches.close()
    port.close()
  }
  void end()

  return {
    hear(message) {
      switch (message.kind) {
        case 'open':
          open(message.known)
          break
        case 'start':
          begin()
          break
        case 'taken':
          untaken -= message.bytes
          wake?.()
          break
        case 'close':
          // What is being opened hears of it by the signal, what is being made by the stream.
          stop.abort()
          open(undefined)
          void stream?.close()
          begin()
          wake?.()
          break
        default:
          message satisfies never
      }
    },
  }
}
