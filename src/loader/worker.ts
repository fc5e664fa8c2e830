// Where the loader's thread starts. It has few modules: those that make batches (worker-run.ts) come while it listens already, and
// threads that decode, which take as long to start as those to load, start meanwhile.
import { parentPort, workerData } from 'node:worker_threads'
import { createDecoderThreads } from '../vision/decoder-threads.js'
import type { ToWorker, WorkerInput } from './worker-protocol.js'

const input = workerData as WorkerInput
const { workers: threads, concurrency } = input.settings
const decoders = createDecoderThreads({ threads, concurrency })
const running = import('./worker-run.js').then(({ runStream }) => runStream(parentPort!, input, decoders))

parentPort!.on('message', (message: ToWorker) => {
  if (message.kind === 'start' && message.many) decoders.start()
  void running.then(({ hear }) => hear(message))
})
