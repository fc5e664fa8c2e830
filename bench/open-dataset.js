// A fresh process that opens a data set and reads one pair, with the built package; started by bench/shards.ts.
// @ts-check
import { openDataset } from '../dist/index.js'

const [, , dir = '', row = '0'] = process.argv
const began = performance.now()
const dataset = await openDataset(dir)
const openMs = performance.now() - began
await dataset.pair(Number(row))
const firstPairMs = performance.now() - began
process.send?.({ openMs, firstPairMs, rssMb: process.memoryUsage().rss / 1e6 })
await dataset.close()
process.disconnect?.()
