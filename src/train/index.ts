// Training: the loop, checkpoints, and runs as directories.
// What `import … from 'mimicit/train'` gives; what is not listed here may change in any release.
export { AdamW, type AdamWOptions } from './adamw.js'
export { latestCheckpoint, readTrainState, type TrainState } from './checkpoint.js'
export { lossCurve } from './curve.js'
export { curvePage, type Measured } from './curve-page.js'
export { type DecayRule, type DecayRuleName, decayRules } from './decay.js'
export { type CheckpointOptions, type TrainOptions, type TrainResult, train } from './loop.js'
export type { EvaluationMetrics, StepMetrics } from './metrics.js'
export {
  type LoadedRun,
  loadRun,
  type RunControl,
  type RunFacts,
  type RunResult,
  resumeRun,
  startRun,
} from './run.js'
export { type RunSettings, runSettings } from './run-settings.js'
export { type ScheduleName, type ScheduleOptions, schedules } from './schedule.js'
