// The bound of those who must also give the bytes away: as `bound`, but each run comes in a buffer of its own, which this
// thread gets. Nothing else is done: no iteration over pictures, no data set.
// @ts-check

import { runsOf } from './runs.js'
import { said, startThreads } from './threads.js'

const RUN_BYTES = 512 << 10
const AHEAD = 3

/** @param {string} dir */
export async function pass(dir) {
  const runs = runsOf(dir, RUN_BYTES)
  const threads = await startThreads(dir, RUN_BYTES)
  return async () => {
    let next = 0
    await Promise.all(
      threads.map(async (thread) => {
        let underWay = 0
        const ask = () => {
          const { bytes = 0 } = runs[next] ?? {}
          const buffer = /** @type {ArrayBuffer} */ (Buffer.allocUnsafeSlow(bytes).buffer)
          thread.postMessage({ runs: [next++], buffer }, [buffer])
          underWay++
        }
        while (underWay < AHEAD && next < runs.length) ask()
        for (; underWay > 0; underWay--) {
          await said(thread)
          if (next < runs.length) ask()
        }
      }),
    )
  }
}
