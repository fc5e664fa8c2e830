// A thread that searches: the vectors are shared with it, a task comes as a message and its answer goes back.
import { parentPort, workerData } from 'node:worker_threads'
import { chooseBackend } from '../../tensors/backend.js'
import type { Vectors } from './matrix.js'
import { answer, type PoolRequest } from './task.js'

const { tf } = await chooseBackend('wasm')
const vectors = workerData as Vectors
parentPort!.on('message', (request: PoolRequest) => parentPort!.postMessage(answer(tf, vectors, request)))
