// The original trio of MIMIC-IT (instructions, images and train JSON) into a data set.
import { z } from 'zod'
import type { DatasetSizes } from '../../shards/create-options.js'
import { type ImportOptions, parseImportOptions } from '../options.js'
import { type ImportSummary, runImport } from '../run.js'
import { openMimicItSets } from './sets.js'
import type { MimicItFiles } from './source.js'

/** What to import, from where to where. */
export type MimicItOptions = MimicItFiles & ImportOptions

const inputs = {
  instructions: z.array(z.string()).min(1),
  images: z.array(z.string()).default([]),
  train: z.array(z.string()).default([]),
}

/**
 * Imports instructions, images and train files of MIMIC-IT.
 * @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_BAD_JSON, MIMICIT_BAD_RECORD, MIMICIT_BAD_PICTURE, MIMICIT_DANGLING_*,
 * MIMICIT_DUPLICATE_ID, MIMICIT_NOT_EMPTY, MIMICIT_BUSY; nothing but the report of the issues is left on the disk then,
 * and a data set to append to is as it was. MIMICIT_ABORTED, MIMICIT_IO: finished shards are left in `<out>.partial`, and the
 * same import goes on from there
 */
export function importMimicIt(options: MimicItOptions): Promise<ImportSummary> {
  return importMimicItSized(options)
}

/** The import with other shard sizes, for tests of what happens between shards. */
export async function importMimicItSized(options: MimicItOptions, sizes?: DatasetSizes): Promise<ImportSummary> {
  const { settings, inputs: files } = parseImportOptions('importMimicIt', inputs, options)
  return runImport(() => openMimicItSets(files), 'import mimic-it', settings, sizes)
}
