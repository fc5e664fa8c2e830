// A thread that reads batches of placed pictures; threads.ts asks it.
import { parentPort } from 'node:worker_threads'
import { createBatchReader } from './batch.js'
import type { BatchReply, BatchRequest } from './threads.js'

const port = parentPort!
const reader = createBatchReader()

port.on('message', ({ kind, batch, into }: BatchRequest) => {
  try {
    if (kind === 'look') {
      const records = reader.look(batch)
      port.postMessage(records satisfies BatchReply, [records.buffer])
    } else {
      const made = reader.fetch(batch, into)
      port.postMessage(made satisfies BatchReply, [made.bytes])
    }
  } catch {
    // The asking thread reads it again and says what is wrong.
    port.postMessage(undefined satisfies BatchReply)
  }
})
