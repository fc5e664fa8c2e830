// A data set of some pairs of another: by subset, language, split, id, or any predicate. Pictures that no remaining pair
// uses, and queries and contexts that are gone, are left out; everything else keeps its order.
import { z } from 'zod'
import { MimicitError } from '../base/errors.js'
import { parseOptions } from '../base/options.js'
import type { OnProgress } from '../base/progress.js'
import type { Dataset } from '../shards/dataset.js'
import type { DatasetWriter } from '../shards/dataset-writer.js'
import type { MixtureRecord } from '../shards/manifest.js'
import type { Pair } from '../tuple/tuple.js'
import { copyContexts, copyLengths, copyMedia, copyPairs, numbered, type RowMap } from './copy-rows.js'
import { type FilterConditions, type FilterRule, filterRule } from './filter-rule.js'
import { chooseMixture } from './mixture.js'
import { type RewriteOptions, type Rewritten, stoppable, withDatasets, writeRewritten } from './rewritten.js'

/** What to keep, and where to write it. */
export interface FilterOptions extends RewriteOptions, FilterConditions {}

const names = z.array(z.string()).min(1).optional()
const schema = z.strictObject({
  out: z.string().min(1),
  subset: names,
  language: names,
  split: names,
  ids: z.array(z.string()).optional(),
  where: z.custom<(pair: Pair) => boolean>((value) => typeof value === 'function', 'a function').optional(),
})

/**
 * Writes a data set of some pairs of another one.
 * @param source location of a data set
 * @throws MimicitError MIMICIT_UNKNOWN_NAME for a subset, language or split, and MIMICIT_NOT_FOUND for an id, that no pair
 * has; MIMICIT_BAD_VALUE if no condition is given or no pair fulfils them all; MIMICIT_NOT_EMPTY, MIMICIT_ABORTED
 */
export async function filterDataset(
  source: string,
  { onProgress: tell, signal, store, ...options }: FilterOptions,
): Promise<Rewritten> {
  const { out, ...conditions } = parseOptions('filterDataset', schema, options)
  const onProgress = stoppable('the filter', { onProgress: tell, signal })
  return withDatasets([source], { signal, ...store }, async ([dataset]) => {
    const rule = filterRule(dataset!.manifest, conditions, source)
    const { map, mixture } = await planFilter(dataset!, rule, onProgress)
    const { ids, where, ...settings } = conditions
    const said = { ...settings, ...(ids && { ids: ids.length }), ...(where && { where: String(where) }) }
    const fill = async (writer: DatasetWriter) => {
      await copyMedia(writer, dataset!, (row) => map.media[row]! >= 0, { onProgress })
      await copyPairs(writer, dataset!, map, { onProgress })
      await copyContexts(writer, dataset!, map.pairs)
      await copyLengths(writer, [{ dataset: dataset!, pairs: map.pairs }])
    }
    return writeRewritten('filter', [dataset!], out, said, fill, mixture)
  })
}

/** What remains. */
interface FilterPlan {
  readonly map: RowMap
  readonly mixture: readonly MixtureRecord[]
}

/** Which rows remain, from one reading of the pairs. */
async function planFilter(dataset: Dataset, rule: FilterRule, onProgress: OnProgress): Promise<FilterPlan> {
  const { pairs, media } = dataset.manifest.tables
  const mixture = chooseMixture(dataset.manifest.mixture)
  const keptPairs = new Uint8Array(pairs.rows)
  const keptMedia = new Uint8Array(media.rows)
  let kept = 0
  for await (const [row, pair] of dataset.pairs()) {
    onProgress({ stage: 'reading pairs', done: row, total: pairs.rows, unit: 'pairs' })
    if (!rule.keeps(pair)) continue
    kept++
    keptPairs[row] = 1
    mixture.keep(row, pair.subset)
    for (const picture of pair.media) keptMedia[picture] = 1
  }
  rule.checkIds()
  if (kept === 0) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'conditions that some pair fulfils',
      where: `filterDataset on ${dataset.location}`,
      received: 'conditions that none of them does',
    })
  }
  const map = { pairs: numbered(keptPairs), media: numbered(keptMedia) }
  return { map, mixture: mixture.mapped(map.pairs) }
}
