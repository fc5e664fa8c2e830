// Evaluation: captions, answers, preferences.
// What `import … from 'mimicit/evaluate'` gives; what is not listed here may change in any release.
export {
  type CaptionFileOptions,
  type CaptionOptions,
  type CaptionReport,
  type CaptionScores,
  evaluateCaptions,
  scoreCaptions,
} from './captions/evaluate-captions.js'
export type {
  CaptionItem,
  CaptionMetric,
  CaptionSet,
  CaptionWords,
  MetricScores,
} from './metrics/caption-set.js'
export { type CaptionMetricName, captionMetrics } from './metrics/index.js'
export { type CaptionTokeniser, type CaptionTokeniserName, captionTokenisers } from './tokens/index.js'
