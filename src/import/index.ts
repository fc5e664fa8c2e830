// Foreign forms into a data set, and a data set into foreign forms.
// What `import … from 'mimicit/import'` gives; what is not listed here may change in any release.

export type {
  MediaNote,
  NormalisedBox,
  VisualAnnotation,
  VisualCaption,
  VisualObject,
  VisualSegment,
} from './annotations/annotation.js'
export type { AnnotationSet } from './annotations/annotation-set.js'
export { annotationSets } from './annotations/index.js'
export { type ExportOptions, type ExportSummary, exportDataset } from './export/export-dataset.js'
export type { ExportFormName } from './export/forms.js'
export type { Loss } from './export/losses.js'
export type { ExportedFile } from './export/output.js'
export type { ExportConditions } from './export/plan.js'
export type { SourceFormName } from './forms.js'
export { type ImportDatasetOptions, type ImportParts, importDataset, importPart } from './import-dataset.js'
export { importMimicIt, type MimicItOptions } from './mimic-it/index.js'
export type { ImportOptions } from './options.js'
export type { ImportPartSummary } from './parts/import-part.js'
export type { ImportSummary } from './run.js'
export type { SourceInputs } from './source-form.js'
export type { ShrunkSummary } from './write-pictures.js'
