// A process of its own, on the built package: how long it takes to open a stream and to have its first batch, and how much
// memory that and some hundred further batches take.
// @ts-check
import { loadMimicIT } from '../../dist/loader/index.js'

const { dir, take, options } = JSON.parse(process.argv[2] ?? '{}')
const began = performance.now()
const loader = loadMimicIT(dir, options)
await loader.ready()
const openMs = performance.now() - began
let firstMs = 0
let batches = 0
for await (const batch of loader) {
  if (batches++ === 0) firstMs = performance.now() - began
  batch.release()
  if (batches >= take) break
}
process.send?.({ openMs, firstMs, peakMb: process.resourceUsage().maxRSS / 1e3 })
process.disconnect?.()
