// The forms that a data set can be exported to. A new form is a file that writes it and a line here.
import type { ExportForm } from './export-form.js'
import { hfExport } from './hf.js'
import { jsonlExport } from './jsonl.js'
import { llavaExport } from './llava.js'
import { mimicItExport } from './mimic-it.js'
import { mimicItParquetExport } from './mimic-it-parquet.js'

/** Every form, by the name that `--to` takes. */
export const exportForms = {
  'mimic-it': mimicItExport,
  'mimic-it-parquet': mimicItParquetExport,
  hf: hfExport,
  llava: llavaExport,
  jsonl: jsonlExport,
} as const satisfies Readonly<Record<string, ExportForm>>

/** Name of a form. */
export type ExportFormName = keyof typeof exportForms
