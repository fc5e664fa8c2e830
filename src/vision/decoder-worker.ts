// A thread that decodes pictures, one after another. Asked to end it finishes the picture at hand and forgets the rest.
import { parentPort } from 'node:worker_threads'
import { plainError } from '../base/plain-error.js'
import { createPictureDecoder, type PictureDecoder, type PictureDecoderOptions } from './decoder.js'
import type { DecodeRequest, FromDecoder, ToDecoder } from './decoder-protocol.js'

const port = parentPort!
const decoders = new Map<string, PictureDecoder>()
const say = (message: FromDecoder, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer)
let closed = false
/** One at a time: every picture that waits here could be with another thread. */
let last = Promise.resolve()

port.on('message', (message: ToDecoder) => {
  switch (message.kind) {
    case 'decode':
      last = last.then(() => decode(message))
      break
    case 'close':
      closed = true
      port.close()
      void last.then(() => Promise.all([...decoders.values()].map((decoder) => decoder.close())))
      break
    default:
      message satisfies never
  }
})
say({ kind: 'ready' })

function decoderOf(options: PictureDecoderOptions): PictureDecoder {
  const key = JSON.stringify(options)
  const decoder = decoders.get(key) ?? createPictureDecoder(options)
  decoders.set(key, decoder)
  return decoder
}

async function decode({ bytes, where, options }: DecodeRequest): Promise<void> {
  if (closed) return
  const began = performance.now()
  try {
    const pixels = await decoderOf(options).decode(bytes, where)
    say({ kind: 'pixels', pixels, ms: performance.now() - began }, [pixels.buffer as ArrayBuffer])
  } catch (error) {
    say({ kind: 'error', error: plainError(error), ms: performance.now() - began })
  }
}
