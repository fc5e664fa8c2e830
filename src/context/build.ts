// Computes an in-context function for every pair of a data set and keeps it as a table of that data set. Choosing goes block
// by block; what was chosen waits on the disk, so that a build that was killed goes on at the block where it was.
import { resolve } from 'node:path'
import { stopIfAborted } from '../base/abort.js'
import { MimicitError } from '../base/errors.js'
import { fingerprint } from '../base/hash.js'
import type { OnProgress } from '../base/progress.js'
import { version } from '../base/version.js'
import { appendDataset } from '../shards/append-dataset.js'
import { type Dataset, openDataset } from '../shards/dataset.js'
import { type Manifest, TABLE_NAME } from '../shards/manifest.js'
import type { ContextRow } from '../tuple/tuple.js'
import { type BuildOptions, type BuildSettings, parseBuildOptions } from './build-options.js'
import { createChoose, noCounts } from './choose.js'
import { type Draft, openDraft } from './draft.js'
import type { GuardCounts } from './guards.js'
import { kindEnforcer } from './kinds.js'
import { nameOf, ownSelector } from './own-function.js'
import { chooseFor } from './propose.js'
import { parseName } from './registry.js'
import { type ContextReport, countContexts } from './report.js'
import { openResponses } from './responses.js'
import type { ContextFunction, Selector } from './selector.js'
import { openWorld } from './world.js'

/** What a build made. */
export interface BuiltContext {
  readonly name: string
  readonly manifest: Manifest
  readonly report: ContextReport
}

const BLOCK = 2048
/**
 * Computes an in-context function for every pair and adds it to the data set as a context table. After an append the same
 * call adds the rows of the new pairs.
 * @param source directory of a data set
 * @param block queries that are chosen for together and kept together; it changes nothing about what is chosen
 * @throws MimicitError MIMICIT_UNKNOWN_NAME, MIMICIT_BAD_VALUE, MIMICIT_UNSUPPORTED (far away), MIMICIT_EMPTY if no query has
 * a candidate, MIMICIT_BAD_VECTOR, MIMICIT_BAD_PICTURE, MIMICIT_BUSY, MIMICIT_ABORTED
 */
export async function buildContext(source: string, options: BuildOptions, block = BLOCK): Promise<BuiltContext> {
  const { onProgress: tell, signal, select, ...given } = options
  const settings = parseBuildOptions({ ...given, select: typeof select === 'function' ? nameOf(select) : select })
  const onProgress: OnProgress = (progress) => {
    stopIfAborted(signal, 'the choice of contexts')
    tell?.(progress)
  }
  const root = resolve(source)
  const dataset = await openDataset(root)
  try {
    const from = firstNewRow(dataset, settings)
    const what = typeof select === 'function' ? select.toString() : null
    const { threads: _, ...decisive } = settings
    const print = fingerprint([decisive, what, dataset.manifest.orderKey, from, version])
    const draft = await openDraft(root, settings.name, print)
    const report = await fill(dataset, select, settings, { from, block, draft }, onProgress)
    const manifest = await publish(root, dataset, settings, draft.rows(), report)
    await draft.remove()
    return { name: settings.name, manifest, report }
  } finally {
    await dataset.close()
  }
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

async function fill(
  dataset: Dataset,
  select: string | ContextFunction,
  settings: BuildSettings,
  { from, block, draft }: { readonly from: number; readonly block: number; readonly draft: Draft },
  onProgress: OnProgress,
): Promise<ContextReport & Pick<Selector, 'order'>> {
  const { seed, k, guards, embedders, search, recall, threads } = settings
  const subsets = guards.subsets || parseName(settings.select)[0] === 'by-task'
  const world = await openWorld(dataset, {
    seed,
    guards: { ...guards, subsets },
    embedders,
    search: { search, recall, threads },
    keepIn: draft.directory,
    onProgress,
  })
  const responses = guards.leaks ? await openResponses(dataset, draft.directory, onProgress) : undefined
  try {
    const selector = typeof select === 'function' ? ownSelector(dataset, select, seed) : await world.selector(select)
    await draft.begin(fingerprint([selector.identity]))
    const choose = createChoose(world.facts, guards, responses?.leaks)
    const complete =
      settings.kinds === 'enforce' ? kindEnforcer(world.facts, world.partitions, choose, seed, k) : undefined
    const total = world.facts.rows
    const counted = countContexts(world.facts)
    const keptOut = { ...noCounts(), ...draft.keptOut }
    for await (const row of draft.rows()) counted.add(row)
    for (let first = from + draft.count; first < total; first += block) {
      const queries = Array.from({ length: Math.min(block, total - first) }, (_, i) => first + i)
      const choices = await chooseFor(queries, selector, choose, k)
      const rows = queries.map((query, i): ContextRow => {
        const choice = choices[i]!
        for (const name of Object.keys(keptOut) as (keyof GuardCounts)[]) keptOut[name] += choice.keptOut[name]
        const taken = complete === undefined ? choice.taken : complete(query, choice.taken)
        const scores = selector.scored ? taken.map(({ score }) => score ?? 0) : null
        return { query, contexts: taken.map(({ row }) => row), scores }
      })
      for (const row of rows) counted.add(row)
      await draft.add(rows, keptOut)
      onProgress({ stage: 'choosing contexts', done: first + rows.length - from, total: total - from, unit: 'pairs' })
    }
    const statistics = counted.finish()
    if (statistics.contexts === 0 && total > from && selector.rules(from).most > 0)
      throw noCandidates(dataset, settings)
    const opened = [...world.opened]
    return {
      ...statistics,
      keptOut,
      recalls: opened.flatMap(([, index]) => index.recalls),
      embedders: Object.fromEntries(opened.map(([kind, index]) => [kind, index.identity])),
      order: selector.order,
    }
  } finally {
    responses?.close()
    await world.close()
  }
}

async function publish(
  root: string,
  { manifest }: Dataset,
  settings: BuildSettings,
  rows: AsyncIterable<ContextRow>,
  { order, ...report }: ContextReport & Pick<Selector, 'order'>,
): Promise<Manifest> {
  const { name, select, replace, threads: _, ...parameters } = settings
  const writer = await appendDataset(root, manifest.orderKey)
  try {
    const table = await writer.context(name, {
      name: select,
      parameters: {
        ...{ ...parameters, order, embedders: report.embedders },
        ...(report.recalls.length > 0 && { recalls: report.recalls }),
      },
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
