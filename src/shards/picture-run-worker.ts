// A thread of a stream of pictures: reads a run into the buffer that it is given, hashes each picture and hands
// the buffer back; nothing is copied.
import { closeSync, openSync, readSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { findDamaged, picturesOf } from './picture-run.js'
import type { RunReply, RunRequest } from './picture-run-threads.js'

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
port.postMessage('ready')

function read({ path, offset, buffer, records }: RunRequest): RunReply {
  if (open?.path !== path) {
    if (open !== undefined) closeSync(open.descriptor)
    open = undefined
    open = { path, descriptor: openSync(path, 'r') }
  }
  const bytes = new Uint8Array(buffer)
  for (let done = 0; done < bytes.byteLength; ) {
    const count = readSync(open.descriptor, bytes, done, bytes.byteLength - done, offset + done)
    if (count === 0) return undefined
    done += count
  }
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength)
  return findDamaged(picturesOf(bytes, view), view) < 0 ? buffer : undefined
}
