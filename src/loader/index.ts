// The loader: a data set as a stream of ready batches.
// What `import … from 'mimicit/loader'` gives; what is not listed here may change in any release.
export type { AssemblyRules } from './assemble.js'
export { assemblyRules } from './assembly-rules.js'
export type { Batch, BatchShape, BatchStream, LoaderState, SampleFault, StreamedBatch } from './batch.js'
export { batchToArrow } from './batch-arrow.js'
export type { LoaderEvent } from './events.js'
export { type Loader, loadMimicIT } from './load-mimic-it.js'
export type { LoaderOptions } from './options.js'
export {
  type ContextChoice,
  type ContextDraw,
  type ContextOrder,
  chooseContexts,
} from './plan/choose-contexts.js'
export { type PlanParts, planDifferences } from './plan/identity.js'
export { type Plan, type PlannedContent, type PlannedRead, type PlanRules, plan } from './plan/plan.js'
export { buildIndex, type IndexEntry, type PictureColumns, type PlanIndex } from './plan/plan-index.js'
export { type OrderKey, type Shuffle, shuffleNamed, shuffles } from './plan/shuffles.js'
export type { SimulatedPadding, SimulationReport } from './plan/simulate.js'
export type { StreamFacts } from './prepare.js'
export { type EpochSimulation, type SimulationOptions, simulateEpoch } from './simulate-epoch.js'
export type { LoaderSource } from './sources.js'
export { type LoaderStats, STAGES, type Stage, type StreamStats } from './stats.js'
