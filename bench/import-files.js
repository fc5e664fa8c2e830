// A process of its own that imports with the built package and tells its time and peak memory; started by bench/import.ts.
// @ts-check
import { importDataset } from '../dist/index.js'

const [, , out = '', instructions = '', ...images] = process.argv
const began = performance.now()
await importDataset({ from: 'mimic-it', paths: [instructions], images, out })
process.send?.({ ms: performance.now() - began, peakMb: (process.resourceUsage().maxRSS * 1024) / 1e6 })
process.disconnect?.()
