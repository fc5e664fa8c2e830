// Any known form into a data set.
import { z } from 'zod'
import type { Scratch } from '../io/spill.js'
import type { DatasetSizes } from '../shards/dataset-writer.js'
import { formsOf, type SourceFormName } from './forms.js'
import { type ImportOptions, parseImportOptions } from './options.js'
import { type ImportSummary, runImport } from './run.js'
import type { ImportSource } from './source.js'
import type { SourceInputs } from './source-form.js'

/** What to import, from where to where. */
export interface ImportDatasetOptions extends ImportOptions, SourceInputs {
  /** The form of all paths. @default each path tells its own; paths of several forms become one data set */
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
 * MIMICIT_NOT_EMPTY, MIMICIT_BUSY; nothing but the report of the issues is left on the disk then, and a data set to append to is
 * as it was. MIMICIT_ABORTED, MIMICIT_IO: finished shards are left in `<out>.partial`, and the same import goes on from there
 */
export function importDataset(options: ImportDatasetOptions): Promise<ImportSummary> {
  return importDatasetSized(options)
}

/** The import with other shard sizes, for tests of what happens between shards. */
export async function importDatasetSized(options: ImportDatasetOptions, sizes?: DatasetSizes): Promise<ImportSummary> {
  const { settings, inputs: given } = parseImportOptions('importDataset', inputs, options)
  const { from, ...sources } = given
  const forms = await formsOf(sources, from)
  const open = async (scratch: Scratch) => {
    const opened: (readonly ImportSource[])[] = []
    try {
      for (const { form, inputs } of forms) {
        opened.push(await form.open(inputs, scratch, { maxSide: settings.maxSide }))
      }
      return namedApart(opened)
    } catch (error) {
      for (const source of opened.flat()) await source.close()
      throw error
    }
  }
  return runImport(open, `import ${[...new Set(forms.map(({ name }) => name))].join(', ')}`, settings, sizes)
}

/** The sources of all forms with different names: a form only sees to those of its own, and names its own only. */
function namedApart(forms: readonly (readonly ImportSource[])[]): readonly ImportSource[] {
  const taken = new Set<string>()
  return forms.flatMap((sources) => {
    const names = new Map<string, string>()
    for (const { name } of sources) {
      let free = name
      for (let n = 2; taken.has(free); n++) free = `${name}-${n}`
      taken.add(free)
      names.set(name, free)
    }
    return sources.map((source) => {
      const name = names.get(source.name)!
      if (name === source.name) return source
      const picturesWith = source.picturesWith?.map((other) => names.get(other)!)
      // What a source says may change while it is read, so that a copy of it would not do.
      return Object.create(source, { name: { value: name }, picturesWith: { value: picturesWith } }) as ImportSource
    })
  })
}
