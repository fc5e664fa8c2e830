// A process of its own, on the built package: the most memory it has had by the end of each epoch of a stream.
// @ts-check
import { loadMimicIT } from '../../dist/loader/index.js'

const { dir, options } = JSON.parse(process.argv[2] ?? '{}')
/** @type {number[]} */
const peaksMb = []
for await (const batch of loadMimicIT(dir, options)) {
  const ended = batch.state.epoch > batch.epoch
  batch.release()
  if (ended) peaksMb.push(process.resourceUsage().maxRSS / 1e3)
}
process.send?.({ peaksMb })
process.disconnect?.()
