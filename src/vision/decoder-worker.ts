// A thread that decodes pictures, one after another. Asked to end it finishes the picture at hand and forgets the rest.
import { parentPort } from 'node:worker_threads'
import { plainError } from '../base/plain-error.js'
import { createPictureDecoder, type PictureDecoder, type PictureDecoderOptions } from './decoder.js'
import type { DecodeAnswer, DecodeRequest, FromDecoder, ToDecoder } from './decoder-protocol.js'

/** Answers are told together, since each message wakes the other thread: at most so many, */
const MOST_ANSWERS = 4
/** and at once when decoding took so long that a message is nothing beside it. */
const SLOW_MS = 10

const port = parentPort!
const decoders = new Map<string, PictureDecoder>()
const say = (message: FromDecoder) => port.postMessage(message)
const waiting: DecodeRequest[] = []
let closed = false
/** One at a time: every picture that waits here could be with another thread. */
let work: Promise<void> | undefined

port.on('message', (message: ToDecoder) => {
  switch (message.kind) {
    case 'decode':
      waiting.push(...message.pictures)
      work ??= decodeWaiting()
      break
    case 'close':
      closed = true
      port.close()
      void Promise.resolve(work).then(() => Promise.all([...decoders.values()].map((decoder) => decoder.close())))
      break
    default:
      message satisfies never
  }
})
say({ kind: 'ready' })

async function decodeWaiting(): Promise<void> {
  let answers: DecodeAnswer[] = []
  let ms = 0
  for (let picture = waiting.shift(); picture !== undefined && !closed; picture = waiting.shift()) {
    const answer = await decode(picture)
    answers.push(answer)
    ms += answer.ms
    if (waiting.length > 0 && answers.length < MOST_ANSWERS && ms < SLOW_MS) continue
    say({ kind: 'decoded', answers })
    answers = []
    ms = 0
  }
  work = undefined
}

async function decode({ bytes, where, options, into }: DecodeRequest): Promise<DecodeAnswer> {
  const began = performance.now()
  try {
    await decoderOf(options).decode(bytes, where, into)
    return { ms: performance.now() - began }
  } catch (error) {
    return { ms: performance.now() - began, error: plainError(error) }
  }
}

function decoderOf(options: PictureDecoderOptions): PictureDecoder {
  const key = JSON.stringify(options)
  const decoder = decoders.get(key) ?? createPictureDecoder(options)
  decoders.set(key, decoder)
  return decoder
}
