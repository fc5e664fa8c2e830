// A data set into files of a form that others read.
import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { stopIfAborted } from '../../base/abort.js'
import { MimicitError } from '../../base/errors.js'
import { isRecord, parseOptions, pick } from '../../base/options.js'
import type { OnProgress } from '../../base/progress.js'
import type { StoreOptions } from '../../io/store.js'
import { openDataset } from '../../shards/dataset.js'
import { claimPartial, publishPartial } from '../../shards/partial-directory.js'
import type { ExportForm } from './export-form.js'
import { type ExportFormName, exportForms } from './forms.js'
import { createJob } from './job.js'
import { type Loss, Losses } from './losses.js'
import { type ExportedFile, Output } from './output.js'
import { type ExportConditions, planExport } from './plan.js'

/** What to export, where to, in which form. */
export interface ExportOptions extends ExportConditions {
  /** Location of a data set. */
  readonly source: string
  readonly to: ExportFormName
  /** The directory to make; it must not exist. */
  readonly out: string
  /** Of the MIMIC-IT forms: one set of files with this name. @default a set for each subset, named by it */
  readonly name?: string | undefined
  /** Of the MIMIC-IT forms: `meta.time`. @default 'unknown', so that the same data give the same bytes */
  readonly time?: string | undefined
  readonly onProgress?: OnProgress | undefined
  /** Stops the export; nothing is left on the disk. */
  readonly signal?: AbortSignal | undefined
  /** How a data set far away is read. */
  readonly store?: StoreOptions | undefined
}

/** What an export made. */
export interface ExportSummary {
  readonly out: string
  readonly to: ExportFormName
  readonly pairs: number
  readonly pictures: number
  /** Everything that was written. */
  readonly files: readonly ExportedFile[]
  /** What the form cannot hold. */
  readonly losses: readonly Loss[]
}

const names = z.array(z.string()).min(1).optional()
const schema = z.strictObject({
  source: z.string().min(1),
  to: z.string(),
  out: z.string().min(1),
  subset: names,
  split: names,
  name: z.string().min(1).optional(),
  time: z.string().optional(),
})

/**
 * Writes a data set as files of another form, pictures with their original bytes.
 * @throws MimicitError MIMICIT_UNKNOWN_NAME for a form, subset or split, MIMICIT_UNKNOWN_OPTION for one that the form does
 * not take, MIMICIT_BAD_VALUE if no pair is chosen, MIMICIT_NOT_EMPTY, MIMICIT_ABORTED, MIMICIT_CORRUPT; nothing is left on
 * the disk then
 */
export function exportDataset(options: ExportOptions): Promise<ExportSummary> {
  return exportWith(exportForms, options)
}

/** The export with other forms, for tests of what happens between files. */
export async function exportWith(
  forms: Readonly<Record<string, ExportForm>>,
  options: ExportOptions,
): Promise<ExportSummary> {
  const { onProgress: tell, signal, store, ...given } = isRecord('exportDataset', options)
  const { source, to, out, subset, split, name, time } = parseOptions('exportDataset', schema, given)
  const picked = pick('the form of the export', forms, to)
  // In one set of files no order is lost.
  const form = name === undefined ? picked : { ...picked, holds: [...picked.holds, 'row order' as const] }
  for (const [option, value] of Object.entries({ name, time })) {
    if (value === undefined || form.takes.includes(option as 'name')) continue
    throw new MimicitError('MIMICIT_UNKNOWN_OPTION', {
      expected: 'an option of this form',
      where: `the form ${to}`,
      received: option,
      hint: 'Leave it out, or name another form.',
    })
  }
  const onProgress: OnProgress = (progress) => {
    stopIfAborted(signal, 'the export')
    tell?.(progress)
  }
  const path = resolve(out)
  const dataset = await openDataset(source, { signal, ...store })
  try {
    const root = await claimPartial(path)
    const output = new Output(root)
    try {
      const losses = new Losses()
      for (const { name } of dataset.manifest.mixture ?? []) losses.add('how the pairs are mixed', name)
      const plan = await planExport(dataset, form, { subset, split }, losses, onProgress)
      const settings = { name, time: time ?? 'unknown' }
      await form.write(await createJob(dataset, plan, form, output, losses, settings, onProgress))
      stopIfAborted(signal, 'the export')
      await output.finish()
      await publishPartial(root, path)
      const { pairs, pictures } = plan
      return { out: path, to: to as ExportFormName, pairs, pictures, files: output.files, losses: losses.summary() }
    } catch (error) {
      await output.abort()
      await rm(root, { recursive: true, force: true })
      throw error
    }
  } finally {
    await dataset.close()
  }
}
