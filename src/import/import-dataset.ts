// Any known form into a data set.
import { join } from 'node:path'
import { z } from 'zod'
import type { Scratch } from '../io/spill.js'
import type { DatasetSizes } from '../shards/create-options.js'
import { type Part, partsOf } from '../work/part.js'
import { partPath } from '../work/part-files.js'
import { formsOf, type SourceFormName } from './forms.js'
import { type ImportOptions, type ImportSettings, parseImportOptions } from './options.js'
import {
  doImportPart,
  type ImportPartSummary,
  type OpenSources,
  partFingerprint,
  shareOfPart,
  shareOfParts,
} from './parts/import-part.js'
import { createClipFrames, type DonePart, joinedSources } from './parts/joined-sources.js'
import { readPartHead } from './parts/part-writer.js'
import { type ImportSummary, runImport } from './run.js'
import type { ImportSource } from './source.js'
import type { OpenOptions, SourceInputs } from './source-form.js'

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

/** Where the parts of an import leave what they have found, and how many there are. */
export interface ImportParts {
  readonly directory: string
  readonly count: number
}

/**
 * Imports files of any known form.
 * @param parts that have looked at the pictures (`importPart`); what they have not done is done here
 * @throws MimicitError MIMICIT_UNKNOWN_NAME and MIMICIT_UNSUPPORTED for a form, MIMICIT_NOT_FOUND, MIMICIT_BAD_JSON,
 * MIMICIT_BAD_RECORD, MIMICIT_BAD_PICTURE, MIMICIT_DANGLING_*, MIMICIT_DUPLICATE_ID, MIMICIT_SOURCE_CHANGED,
 * MIMICIT_NOT_EMPTY, MIMICIT_BUSY, MIMICIT_ALREADY_THERE; nothing but the report of the issues is left on the disk then, and a data set to append to is
 * as it was. MIMICIT_ABORTED, MIMICIT_IO: finished shards are left in `<out>.partial`, and the same import goes on from there
 */
export function importDataset(options: ImportDatasetOptions, parts?: ImportParts): Promise<ImportSummary> {
  return importDatasetSized(options, undefined, parts)
}

/** The import with other shard sizes, for tests of what happens between shards. */
export async function importDatasetSized(
  options: ImportDatasetOptions,
  sizes?: DatasetSizes,
  parts?: ImportParts,
): Promise<ImportSummary> {
  const { settings, command, open } = await importOf(options)
  if (parts === undefined) return runImport((scratch) => open(scratch), command, settings, sizes)
  return runImport((scratch) => openJoined(open, settings, parts, scratch), command, settings, sizes)
}

/**
 * Does one part of an import: looks at the pictures and movies of its share, which several processes can do at once, on
 * several machines that see the same files. `importDataset` with the same options joins the parts. A part that was stopped
 * or killed goes on where it was.
 * @param directory that all parts have in common
 * @param checkpointMs how often what was done is made safe on the disk. @default 2000
 * @throws MimicitError as `importDataset`, for what cannot be read
 */
export async function importPart(
  options: ImportDatasetOptions,
  part: Part,
  directory: string,
  checkpointMs?: number,
): Promise<ImportPartSummary> {
  const { settings, open } = await importOf(options)
  return doImportPart(open, settings, shareOfPart(part), partPath(directory, part), checkpointMs)
}

/** What options mean. */
async function importOf(options: ImportDatasetOptions) {
  const { settings: common, inputs: given } = parseImportOptions('importDataset', inputs, options)
  const { from, ...sources } = given
  const settings = { ...common, isNamed: sources.name !== undefined }
  const forms = await formsOf(sources, from)
  const command = `import ${[...new Set(forms.map(({ name }) => name))].join(', ')}`
  const open = async (scratch: Scratch, more: Omit<OpenOptions, 'maxSide'> = {}) => {
    const opened: (readonly ImportSource[])[] = []
    try {
      for (const { form, inputs } of forms) {
        opened.push(await form.open(inputs, scratch, { maxSide: settings.maxSide, ...more }))
      }
      return namedApart(opened)
    } catch (error) {
      for (const source of opened.flat()) await source.close()
      throw error
    }
  }
  return { settings, command, open }
}

/** The sources with what parts have found of their pictures. */
async function openJoined(
  open: OpenSources,
  settings: ImportSettings,
  { directory, count }: ImportParts,
  scratch: Scratch,
): Promise<readonly ImportSource[]> {
  const clips = createClipFrames()
  const sources = await open(scratch, { framesOf: clips.of })
  try {
    const print = partFingerprint(sources, settings)
    const done: DonePart[] = []
    const missing: Part[] = []
    for (const part of partsOf(count)) {
      const path = partPath(directory, part)
      const head = await readPartHead(path)
      // What was found of sources that were changed since is found anew.
      if (head?.fingerprint === print) done.push({ ...head, path })
      else missing.push(part)
    }
    if (missing.length > 0) {
      const rest = shareOfParts(missing, count)
      const path = join(directory, rest.name)
      await doImportPart(open, settings, rest, path)
      done.push({ ...(await readPartHead(path))!, path })
    }
    return joinedSources(sources, done, clips)
  } catch (error) {
    for (const source of sources) await source.close()
    throw error
  }
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
