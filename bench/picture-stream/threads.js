// The threads of the bounds.
// @ts-check
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'

/** @param {Worker} thread */
export const said = (thread) => new Promise((resolve) => thread.once('message', resolve))

/**
 * One for each core.
 * @param {string} dir
 * @param {number} runBytes
 */
export async function startThreads(dir, runBytes) {
  const url = new URL('./thread.js', import.meta.url)
  const threads = Array.from(
    { length: availableParallelism() },
    () => new Worker(url, { workerData: { dir, runBytes } }),
  )
  await Promise.all(threads.map(said))
  return threads
}
