// A thread that encodes row groups, one after the other as they come.
import { parentPort } from 'node:worker_threads'
import { loadZstd } from '../io/zstd.js'
import { encodeRequest, type GroupReply, type GroupRequest } from './group-encoder.js'

const port = parentPort!
let last: Promise<void> = Promise.resolve()

// The first group shall not wait for it.
void loadZstd()

port.on('message', (request: GroupRequest) => {
  last = last.then(async () => {
    let reply: GroupReply
    try {
      reply = await encodeRequest(request)
    } catch {
      // The asking thread encodes it again and says what is wrong.
    }
    port.postMessage(reply, reply === undefined ? [] : [reply.bytes.buffer as ArrayBuffer])
  })
})
