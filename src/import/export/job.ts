// The chosen part of a data set as a form sees it.
import type { OnProgress } from '../../base/progress.js'
import type { Dataset } from '../../shards/dataset.js'
import type { ExportContexts, ExportForm, ExportJob } from './export-form.js'
import type { Losses } from './losses.js'
import type { Output } from './output.js'
import type { ExportPlan } from './plan.js'
import { pictureName } from './safe-name.js'

/** Puts the parts of an export together, and counts the contexts that its form does not hold. */
export async function createJob(
  dataset: Dataset,
  plan: ExportPlan,
  form: ExportForm,
  output: Output,
  losses: Losses,
  { name, time }: { readonly name: string | undefined; readonly time: string },
  onProgress: OnProgress,
): Promise<ExportJob> {
  const { tables, contexts } = dataset.manifest
  const contextNames = Object.keys(contexts)
  for (const table of contextNames) await countContexts(dataset, plan, form, table, losses)
  const picture = async (row: number, bytes?: Uint8Array) => {
    const { ids, format } = await dataset.media(row)
    return { row, ids, format, bytes: bytes ?? (await dataset.picture(row)) }
  }
  const opened = new Map<string, Promise<ExportContexts>>()
  const openContexts = async (table: string): Promise<ExportContexts> => {
    const { queries, get } = await dataset.context(table)
    return {
      queries: queries.filter((row) => plan.subsetOf[row]! >= 0),
      async of(row) {
        const found = await get(row)
        return found?.contexts.filter((context) => plan.subsetOf[context]! >= 0).map(plan.idOf)
      },
    }
  }
  return {
    output,
    losses,
    name,
    time,
    subsets: plan.subsets,
    hasSplits: plan.hasSplits,
    shared: plan.shared,
    pictureCount: plan.pictures,
    contextNames,
    subsetOf: (row) => plan.subsetOf[row]!,
    subsetOfMedia: (row) => plan.subsetOfMedia[row]!,
    idOf: plan.idOf,
    picture: (row) => picture(row),
    async *pairs() {
      for await (const [row, pair] of dataset.pairs()) {
        onProgress({ stage: 'writing pairs', done: row, total: tables.pairs.rows, unit: 'pairs' })
        if (plan.subsetOf[row]! >= 0) yield [row, pair] as const
      }
    },
    async *pictures({ orphans = false } = {}) {
      const chosen = (row: number) => plan.subsetOfMedia[row]! >= 0 || (orphans && plan.whole)
      let done = 0
      for (let from = 0; from < tables.media.rows; ) {
        if (!chosen(from)) {
          from++
          continue
        }
        // Neighbours are read together.
        let to = from + 1
        while (to < tables.media.rows && chosen(to)) to++
        for await (const [row, bytes] of dataset.pictures({ from, to })) {
          onProgress({ stage: 'writing pictures', done: done++, total: plan.pictures, unit: 'pictures' })
          yield picture(row, bytes)
        }
        from = to
      }
    },
    async pictureName(row) {
      const { ids, format } = await dataset.media(row)
      return pictureName(ids[0]!, format)
    },
    async contexts(table) {
      if (!contextNames.includes(table)) return undefined
      const known = opened.get(table) ?? openContexts(table)
      opened.set(table, known)
      return known
    },
  }
}

async function countContexts(
  dataset: Dataset,
  plan: ExportPlan,
  form: ExportForm,
  table: string,
  losses: Losses,
): Promise<void> {
  const held = form.contexts === 'all' || form.contexts.includes(table)
  let last = -1
  for await (const { rows, columns } of dataset.columns(`context/${table}`, ['query', 'contexts', 'scores'])) {
    for (let i = 0; i < rows; i++) {
      const query = columns.query![i] as number
      if (plan.subsetOf[query]! < 0) continue
      const contexts = columns.contexts![i] as readonly number[]
      const id = plan.idOf(query)
      if (!held) {
        if (contexts.length > 0 || table === 'train') losses.add(`contexts of the table ${table}`, id)
        continue
      }
      if ((columns.scores?.[i] ?? null) !== null) losses.add(`scores of the context table ${table}`, id)
      if (contexts.some((context) => plan.subsetOf[context]! < 0)) {
        losses.add(`contexts of the table ${table} that are not exported`, id)
      }
      // Told beside the pairs, a table has their order.
      if (query < last && !form.holds.includes('context order'))
        losses.add(`the order of the context table ${table}`, id)
      last = query
    }
  }
}
