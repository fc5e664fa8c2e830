// Chooses the contexts of a range of rows, block by block, into a draft: all rows of a data set, or those of one part of a
// build. What a query gets does not depend on which others are asked about beside it, so rows that other processes have
// chosen are as good as one's own.
import { fingerprint } from '../base/hash.js'
import type { OnProgress } from '../base/progress.js'
import type { Dataset } from '../shards/dataset.js'
import type { ContextRow } from '../tuple/tuple.js'
import { type Part, partsOf } from '../work/part.js'
import { partPath } from '../work/part-files.js'
import type { BuildSettings } from './build-options.js'
import { createChoose, noCounts } from './choose.js'
import { type Draft, finishedDraft } from './draft.js'
import type { GuardCounts } from './guards.js'
import type { VectorPlace } from './kept-vectors.js'
import { kindEnforcer } from './kinds.js'
import { ownSelector } from './own-function.js'
import { chooseFor } from './propose.js'
import { parseName } from './registry.js'
import { type ContextReport, countContexts } from './report.js'
import { openResponses } from './responses.js'
import type { ContextFunction, Selector } from './selector.js'
import { openWorld } from './world.js'

/** Rows of a data set, `from` inclusive, `to` exclusive. */
export interface RowRange {
  readonly from: number
  readonly to: number
}

/** Where parts leave their rows, and the build that they belong to. */
export interface PartDrafts {
  readonly directory: string
  readonly count: number
  readonly fingerprint: string
}

/** What is chosen, and where it goes. */
export interface RowsWork {
  readonly dataset: Dataset
  readonly select: string | ContextFunction
  readonly settings: BuildSettings
  readonly range: RowRange
  /** Rows that are chosen and kept together. */
  readonly block: number
  readonly draft: Draft
  readonly vectors: VectorPlace
  /** Parts whose rows are taken over where they are done. @default all rows are chosen here */
  readonly parts?: PartDrafts | undefined
  readonly onProgress: OnProgress
}

/** What was chosen. */
export interface ChosenRows extends ContextReport, Pick<Selector, 'order'> {
  /** The most contexts that the function can give to the first query; 0 = it may give none. */
  readonly most: number
}

/** The rows of a part: neighbours, so that each part is a piece of the table. */
export function rowsOfPart({ from, to }: RowRange, { index, count }: Part): RowRange {
  const border = (n: number) => from + Math.floor(((to - from) * n) / count)
  return { from: border(index - 1), to: border(index) }
}

/** Chooses them; goes on behind what the draft has. */
export async function chooseRows(work: RowsWork): Promise<ChosenRows> {
  const { dataset, select, settings, range, block, draft, vectors, parts, onProgress } = work
  const { seed, k, guards, embedders, search, recall, threads } = settings
  const subsets = guards.subsets || parseName(settings.select)[0] === 'by-task'
  const world = await openWorld(dataset, {
    seed,
    guards: { ...guards, subsets },
    embedders,
    search: { search, recall, threads },
    keepIn: vectors,
    onProgress,
  })
  const responses = guards.leaks ? await openResponses(dataset, draft.directory, onProgress) : undefined
  try {
    const selector = typeof select === 'function' ? ownSelector(dataset, select, seed) : await world.selector(select)
    const chosenBy = fingerprint([selector.identity])
    await draft.begin(chosenBy)
    const choose = createChoose(world.facts, guards, responses?.leaks)
    const complete =
      settings.kinds === 'enforce' ? kindEnforcer(world.facts, world.partitions, choose, seed, k) : undefined
    const counted = countContexts(world.facts)
    const keptOut = { ...noCounts(), ...draft.keptOut }
    const count = (more: GuardCounts) => {
      for (const name of Object.keys(keptOut) as (keyof GuardCounts)[]) keptOut[name] += more[name]
    }
    const add = async (rows: readonly ContextRow[]) => {
      for (const row of rows) counted.add(row)
      await draft.add(rows, keptOut)
      const done = range.from + draft.count
      onProgress({
        ...{ stage: 'choosing contexts', unit: 'pairs' },
        ...{ done: done - range.from, total: range.to - range.from },
      })
    }
    const chooseUntil = async (end: number) => {
      for (let first = range.from + draft.count; first < end; first += block) {
        const queries = Array.from({ length: Math.min(block, end - first) }, (_, i) => first + i)
        const choices = await chooseFor(queries, selector, choose, k)
        const rows = queries.map((query, i): ContextRow => {
          const choice = choices[i]!
          count(choice.keptOut)
          const taken = complete === undefined ? choice.taken : complete(query, choice.taken)
          const scores = selector.scored ? taken.map(({ score }) => score ?? 0) : null
          return { query, contexts: taken.map(({ row }) => row), scores }
        })
        await add(rows)
      }
    }
    for await (const row of draft.rows()) counted.add(row)
    for (const part of partsOf(parts?.count ?? 0)) {
      const { from, to } = rowsOfPart(range, part)
      const next = range.from + draft.count
      if (next >= to) continue
      const done = await finishedDraft(partPath(parts!.directory, part), parts!.fingerprint, chosenBy, to - from)
      if (done === undefined) {
        await chooseUntil(to)
        continue
      }
      let rows: ContextRow[] = []
      for await (const row of done.rows()) {
        if (row.query < next) continue
        rows.push(row)
        // What the part kept out is counted with its last row, so that a join that is stopped in between counts it once.
        if (row.query === to - 1) count(done.keptOut ?? noCounts())
        else if (rows.length < block) continue
        await add(rows)
        rows = []
      }
    }
    await chooseUntil(range.to)
    const opened = [...world.opened]
    return {
      ...counted.finish(),
      keptOut,
      recalls: opened.flatMap(([, index]) => index.recalls),
      embedders: Object.fromEntries(opened.map(([kind, index]) => [kind, index.identity])),
      order: selector.order,
      most: range.from < range.to ? selector.rules(range.from).most : 0,
    }
  } finally {
    responses?.close()
    await world.close()
  }
}
