// A process of its own, on the built package: how long a stream takes to stop, everything closed, when its loop is left or
// its signal fires in the middle of its work.
// @ts-check
import { loadMimicIT } from '../../dist/loader/index.js'

const { dir, options } = JSON.parse(process.argv[2] ?? '{}')
/** @type {number[]} */
const times = []
for (let i = 0; i < 10; i++) {
  const stop = new AbortController()
  const loader = loadMimicIT(dir, { ...options, worker: i % 2 === 0, signal: stop.signal })
  let batches = 0
  let asked = 0
  try {
    for await (const _ of loader) {
      if (++batches < 6) continue
      asked = performance.now()
      if (i % 4 < 2) break
      stop.abort()
    }
  } catch {
    // A signal ends the loop with an error.
  }
  await loader.close()
  times.push(performance.now() - asked)
}
process.send?.({ times })
process.disconnect?.()
