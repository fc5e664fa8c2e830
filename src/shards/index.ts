// A data set on disk (schema/FORMAT.md): open it, read any row, check every byte.
// What `import … from 'mimicit/shards'` gives; what is not listed here may change in any release.
export { type ContextTable, type Dataset, openDataset } from './dataset.js'
export type { FormName } from './forms.js'
export { type Lengths, type LengthsOptions, type LengthsWindow, openLengths } from './lengths-table.js'
export type { ContextRecord, LengthsRecord, Manifest, ShardRecord, TableRecord } from './manifest.js'
export type { MediaFacts } from './rows.js'
export { type VerifyOptions, type VerifyReport, verifyDataset } from './verify/index.js'
