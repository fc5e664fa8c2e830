// Computes an in-context function for every pair of a data set and keeps it as a table of that data set. What was chosen
// waits on the disk until the table is written, so that a build that was killed goes on where it was. Rows may be chosen in
// parts, by several processes or machines; the table is the same.
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { stopIfAborted } from '../base/abort.js'
import { MimicitError } from '../base/errors.js'
import { fingerprint } from '../base/hash.js'
import type { OnProgress } from '../base/progress.js'
import { version } from '../base/version.js'
import { asIoError } from '../io/directory.js'
import { appendDataset } from '../shards/append-dataset.js'
import { type Dataset, openDataset } from '../shards/dataset.js'
import { type Manifest, TABLE_NAME } from '../shards/manifest.js'
import type { ContextRow } from '../tuple/tuple.js'
import { type Part, partName } from '../work/part.js'
import { partPath } from '../work/part-files.js'
import { type BuildOptions, type BuildSettings, parseBuildOptions } from './build-options.js'
import { chooseRows, rowsOfPart } from './choose-rows.js'
import { draftPath, openDraft } from './draft.js'
import type { VectorPlace } from './kept-vectors.js'
import { nameOf } from './own-function.js'
import { recallsOf } from './recalls.js'
import type { ContextReport } from './report.js'
import type { Selector } from './selector.js'

/** What a build made. */
export interface BuiltContext {
  readonly name: string
  readonly manifest: Manifest
  readonly report: ContextReport
}

/** Where the parts of a build leave their rows, and how many there are. */
export interface ContextParts {
  readonly directory: string
  readonly count: number
}

const BLOCK = 2048

/**
 * Computes an in-context function for every pair and adds it to the data set as a context table. After an append the same
 * call adds the rows of the new pairs.
 * @param source directory of a data set
 * @param block queries that are chosen for together and kept together; it changes nothing about what is chosen
 * @param parts whose rows are taken over; those of parts that are not done are chosen here
 * @throws MimicitError MIMICIT_UNKNOWN_NAME, MIMICIT_BAD_VALUE, MIMICIT_UNSUPPORTED (far away), MIMICIT_EMPTY if no query has
 * a candidate, MIMICIT_BAD_VECTOR, MIMICIT_BAD_PICTURE, MIMICIT_BUSY, MIMICIT_ABORTED
 */
export async function buildContext(
  source: string,
  options: BuildOptions,
  block = BLOCK,
  parts?: ContextParts,
): Promise<BuiltContext> {
  const build = await openBuild(source, options)
  const { root, dataset, settings, print } = build
  try {
    const draft = await openDraft(draftPath(root, settings.name), print)
    try {
      const vectors = parts === undefined ? { directory: draft.directory } : await vectorsOf(parts, print, 'whole')
      const drafts = parts && { ...parts, fingerprint: print }
      const { order, most, ...report } = await chooseRows({ ...build, block, draft, vectors, parts: drafts })
      if (report.contexts === 0 && most > 0) throw noCandidates(dataset, settings)
      const manifest = await publish(root, dataset, settings, draft.rows(), order, report)
      await draft.remove()
      return { name: settings.name, manifest, report }
    } catch (error) {
      // The draft is for the next run; that it cannot be looked at hides nothing.
      await draft.leave().catch(() => undefined)
      throw error
    }
  } finally {
    await dataset.close()
  }
}

/**
 * Chooses the contexts of one part of the rows. The same call with another part may run at the same time; vectors that one
 * of them has made the others take over.
 * @param options as those of the whole
 * @param directory that all parts have in common
 * @returns how many queries it chose for
 * @throws MimicitError as `buildContext`
 */
export async function buildContextPart(
  source: string,
  options: BuildOptions,
  part: Part,
  directory: string,
  block = BLOCK,
): Promise<number> {
  const build = await openBuild(source, options)
  try {
    const range = rowsOfPart(build.range, part)
    const vectors = await vectorsOf({ directory, count: part.count }, build.print, partName(part))
    const begin = (part.index - 1) / part.count
    const draft = await openDraft(partPath(directory, part), build.print)
    await chooseRows({ ...build, range, block, draft, vectors: { ...vectors, begin } })
    return range.to - range.from
  } finally {
    await build.dataset.close()
  }
}

/** A build whose data set is open. */
async function openBuild(source: string, options: BuildOptions) {
  const { onProgress: tell, signal, select, ...given } = options
  const settings = parseBuildOptions({ ...given, select: typeof select === 'function' ? nameOf(select) : select })
  const onProgress: OnProgress = (progress) => {
    stopIfAborted(signal, 'the choice of contexts')
    tell?.(progress)
  }
  const root = resolve(source)
  const dataset = await openDataset(root)
  try {
    const range = { from: firstNewRow(dataset, settings), to: dataset.manifest.tables.pairs.rows }
    const what = typeof select === 'function' ? select.toString() : null
    const { threads: _, ...decisive } = settings
    const print = fingerprint([decisive, what, dataset.manifest.orderKey, range.from, version])
    return { root, dataset, select, settings, range, print, onProgress }
  } catch (error) {
    await dataset.close()
    throw error
  }
}

/** Where the parts of a build keep their vectors in common: items of another build have other numbers. */
async function vectorsOf({ directory }: ContextParts, print: string, writer: string): Promise<VectorPlace> {
  const place = join(directory, `vectors-${print}`)
  await mkdir(place, { recursive: true }).catch((error) => {
    throw asIoError(error, place)
  })
  return { directory: place, writer }
}

/** The first row without contexts: 0, or where the table of that name ends. */
function firstNewRow({ manifest, location }: Dataset, { name, select, replace }: BuildSettings): number {
  const there = Object.hasOwn(manifest.contexts, name) ? manifest.contexts[name] : undefined
  if (!TABLE_NAME.test(name)) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'a name of letters, digits, ".", "_" and "-"',
      where: 'option name of buildContext',
      received: JSON.stringify(name),
    })
  }
  if (there === undefined || replace) return 0
  if (there.select.name === select && there.pairs.to < manifest.tables.pairs.rows) return there.pairs.to
  throw new MimicitError('MIMICIT_NOT_EMPTY', {
    expected: 'a name that no context table has',
    where: location,
    received: `${JSON.stringify(name)}, chosen by ${there.select.name} for rows ${there.pairs.from} to ${there.pairs.to}`,
    hint: 'Give another name, or replace it (--replace).',
  })
}

async function publish(
  root: string,
  { manifest }: Dataset,
  settings: BuildSettings,
  rows: AsyncIterable<ContextRow>,
  order: Selector['order'],
  report: ContextReport,
): Promise<Manifest> {
  const { name, select, replace, threads: _, ...parameters } = settings
  // A table that goes on after an append keeps what was measured for its first rows.
  const earlier = replace ? [] : recallsOf(manifest.contexts[name])
  const recalls = [...earlier, ...report.recalls]
  const writer = await appendDataset(root, manifest.orderKey)
  try {
    const table = await writer.context(name, {
      name: select,
      parameters: {
        ...{ ...parameters, order, embedders: report.embedders },
        ...(recalls.length > 0 && { recalls }),
      },
      measured: ['recalls'],
      replaces: replace,
    })
    for await (const row of rows) await table.add(row)
    return await writer.finish({
      tool: 'mimicit',
      version,
      command: 'context',
      time: new Date().toISOString(),
      context: name,
      ...{ select, parameters, generation: manifest.generation, orderKey: manifest.orderKey, report },
    })
  } catch (error) {
    await writer.abort()
    throw error
  }
}

function noCandidates({ location }: Dataset, { select }: BuildSettings): MimicitError {
  return new MimicitError('MIMICIT_EMPTY', {
    expected: 'a candidate for at least one query',
    where: `the in-context function ${select} for ${location}`,
    received: 'none: the function proposes nothing here, or the guards keep everything out',
    hint: 'Name another function, or let a guard rest (see `mimicit context --help`).',
  })
}
