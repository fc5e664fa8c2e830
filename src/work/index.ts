// A job cut into parts, for several processes or machines.
// What `import … from 'mimicit/work'` gives; what is not listed here may change in any release.

export { isInPart, type Part, parsePart, partOf, partsOf } from './part.js'
export type { PartJob } from './part-files.js'
export { type PartTask, type QueueOptions, runParts, type WorkerOptions, work } from './queue.js'
export { openSharedRate, type SharedRateConnection, type SharedRateOptions } from './shared-rate.js'
