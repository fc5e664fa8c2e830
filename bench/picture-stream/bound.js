// What the cores can do at most: a thread on each reads every n-th MiB into the same buffer again and again and hashes its
// pictures. Nobody gets the bytes.
// @ts-check

import { runsOf } from './runs.js'
import { said, startThreads } from './threads.js'

const RUN_BYTES = 1 << 20

/** @param {string} dir */
export async function pass(dir) {
  const count = runsOf(dir, RUN_BYTES).length
  const threads = await startThreads(dir, RUN_BYTES)
  return async () => {
    const done = threads.map(said)
    threads.forEach((thread, part) => {
      const runs = []
      for (let run = part; run < count; run += threads.length) runs.push(run)
      thread.postMessage({ runs })
    })
    await Promise.all(done)
  }
}
