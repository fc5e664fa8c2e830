// Any known form into a data set.
import { z } from 'zod'
import type { DatasetSizes } from '../shards/dataset-writer.js'
import { formOf, type SourceFormName } from './forms.js'
import { type ImportOptions, parseImportOptions } from './options.js'
import { type ImportSummary, runImport } from './run.js'
import type { SourceInputs } from './source-form.js'

/** What to import, from where to where. */
export interface ImportDatasetOptions extends ImportOptions, SourceInputs {
  /** The form of the source. @default told from the first path */
  readonly from?: SourceFormName | undefined
}

const files = z.array(z.string()).optional()
const inputs = {
  from: z.string().optional(),
  paths: z.array(z.string()).min(1),
  images: files,
  train: files,
  root: z.string().optional(),
  name: z.string().min(1).optional(),
  instruction: z.string().min(1).optional(),
  fps: z.number().positive().optional(),
  frames: z.int().positive().optional(),
}

/**
 * Imports files of any known form.
 * @throws MimicitError MIMICIT_UNKNOWN_NAME and MIMICIT_UNSUPPORTED for a form, MIMICIT_NOT_FOUND, MIMICIT_BAD_JSON,
 * MIMICIT_BAD_RECORD, MIMICIT_BAD_PICTURE, MIMICIT_DANGLING_*, MIMICIT_DUPLICATE_ID, MIMICIT_SOURCE_CHANGED,
 * MIMICIT_NOT_EMPTY, MIMICIT_BUSY; nothing but the report of the issues is left on the disk then, and a data set to append to is as it was
 */
export function importDataset(options: ImportDatasetOptions): Promise<ImportSummary> {
  return importDatasetSized(options)
}

/** The import with other shard sizes, for tests of what happens between shards. */
export async function importDatasetSized(options: ImportDatasetOptions, sizes?: DatasetSizes): Promise<ImportSummary> {
  const { settings, inputs: given } = parseImportOptions('importDataset', inputs, options)
  const { from, ...sources } = given
  const { name, form } = await formOf(sources, from)
  return runImport(
    (scratch) => form.open(sources, scratch, { maxSide: settings.maxSide }),
    `import ${name}`,
    settings,
    sizes,
  )
}
