// One run of the statistics in a process of its own, as the command line has it: how long, and how much memory.
// @ts-check
import { resourceUsage } from 'node:process'
import { leanHeap } from '../../dist/cli/lean-heap.js'
import { datasetStatistics } from '../../dist/layout/statistics/dataset-statistics.js'
import { openDataset } from '../../dist/shards/dataset.js'

const { directory, verbSample } = JSON.parse(process.argv[2] ?? '{}')
leanHeap()
const began = performance.now()
const dataset = await openDataset(directory)
const { pairs, uniqueInstructions } = await datasetStatistics(dataset, { verbSample })
await dataset.close()
const seconds = (performance.now() - began) / 1e3
process.send?.({ pairs, uniqueInstructions, seconds, peakMb: resourceUsage().maxRSS / 1e3 })
