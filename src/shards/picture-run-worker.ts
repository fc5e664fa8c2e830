// The second thread of a stream of pictures: reads a run, hashes each picture and hands the bytes over without copying.
import { closeSync, openSync, readSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { sha256 } from '../base/hash.js'
import { HASH_PREFIX_BYTES, isPicture } from './media-location.js'
import type { RunReply, RunRequest } from './picture-runs.js'

const port = parentPort!
let open: { readonly path: string; readonly descriptor: number } | undefined

port.on('message', (request: RunRequest) => {
  let reply: RunReply
  try {
    reply = read(request)
  } catch {
    // The asking thread reads it again and says what is wrong.
  }
  port.postMessage(reply, reply === undefined ? [] : [reply])
})

function read({ path, offset, length, spans, hashPrefixes }: RunRequest): RunReply {
  if (open?.path !== path) {
    if (open !== undefined) closeSync(open.descriptor)
    open = undefined
    open = { path, descriptor: openSync(path, 'r') }
  }
  const bytes = Buffer.allocUnsafeSlow(length)
  for (let done = 0; done < length; ) {
    const count = readSync(open.descriptor, bytes, done, length - done, offset + done)
    if (count === 0) return undefined
    done += count
  }
  for (let i = 0; i < spans.length / 2; i++) {
    const picture = bytes.subarray(spans[2 * i]!, spans[2 * i]! + spans[2 * i + 1]!)
    if (!isPicture(sha256(picture), hashPrefixes.subarray(i * HASH_PREFIX_BYTES))) return undefined
  }
  return bytes.buffer as ArrayBuffer
}
