// A process of its own, on the built package, that leaves a stream in one of several ways and then has nothing more to do:
// it ends by itself unless a thread of the stream keeps it alive.
import { loadMimicIT } from '../../dist/index.js'

const [, , dir, way] = process.argv
const options = { imageSize: 8, batchSize: 8, epochs: Number.POSITIVE_INFINITY, reuseBytes: 0, workers: 2 }
const stop = new AbortController()
const loader = loadMimicIT(dir, { ...options, worker: way !== 'here', signal: stop.signal })
const batches = loader[Symbol.asyncIterator]()
// Enough for the threads that decode to have been started.
for (let i = 0; i < 8; i++) await batches.next()
const pending = batches.next()
pending.catch(() => undefined)
switch (way) {
  case 'return':
    await pending
    await batches.return(undefined)
    break
  case 'abort':
    stop.abort()
    break
  case 'here':
  case 'close, not awaited':
    void loader.close()
    break
  default:
    throw new Error(way)
}
process.stdout.write(`left by ${way}`)
