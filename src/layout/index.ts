// Whole data sets made of others, and what they are like.
// What `import … from 'mimicit/layout'` gives; what is not listed here may change in any release.

export { type FilterOptions, filterDataset } from './filter.js'
export type { FilterConditions } from './filter-rule.js'
export { type MergeOptions, mergeDatasets } from './merge.js'
export { type LocalityOptions, reorderByLocality } from './reorder.js'
export { type RewriteOptions, type RewriteSummary, rewriteDataset } from './rewrite.js'
export { type SplitOptions, type SplitResult, splitDataset } from './split.js'
export {
  type DatasetStatistics,
  datasetStatistics,
  type StatisticsOptions,
  type TokenStatistics,
  type VerbStatistics,
} from './statistics/dataset-statistics.js'
export type { Distribution } from './statistics/distribution.js'
export type { MadeCost } from './statistics/made-cost.js'
export type { PictureStatistics } from './statistics/picture-statistics.js'
export { statisticsCharts, statisticsPicture, statisticsReport } from './statistics/statistics-report.js'
export type { VerbRow } from './statistics/verb-table.js'
export type { TokenizeOptions } from './tokenize/options.js'
export { type TokenizeSummary, tokenizeDataset } from './tokenize/tokenize-dataset.js'
