// The way out and back in: every form of an export as the sources of an import.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ExportFormName } from '../../src/import/export/forms.js'
import { type ImportDatasetOptions, importDataset } from '../../src/import/import-dataset.js'

/** What to import of the files that an export to a form made. */
export function sourcesOf(form: ExportFormName, folder: string): Omit<ImportDatasetOptions, 'out'> {
  switch (form) {
    case 'mimic-it':
    case 'mimic-it-parquet': {
      const paths = readdirSync(folder).sort()
      const of = (pattern: RegExp) => paths.filter((path) => pattern.test(path)).map((path) => join(folder, path))
      const [instructions, train] = [of(/_instructions\.json$/), of(/_train\.json$/)]
      const images = of(/\.(json|parquet)$/).filter((path) => !instructions.includes(path) && !train.includes(path))
      return { paths: instructions, images, train }
    }
    case 'hf':
      return { paths: [folder] }
    case 'llava':
      return { paths: [join(folder, 'data.json')] }
    case 'jsonl':
      return { paths: [join(folder, 'data.jsonl')] }
    default:
      return form satisfies never
  }
}

/** Imports them; an export without any pair has nothing to import in some forms. */
export async function importAgain(form: ExportFormName, folder: string, out: string): Promise<void> {
  if (form === 'hf' && !existsSync(join(folder, 'data'))) return
  await importDataset({ ...sourcesOf(form, folder), out })
}
