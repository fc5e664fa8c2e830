// Several data sets as one: pairs one source after the other, every picture once under all its ids, context tables of the
// same name after one another with their rows shifted, and how the sources are mixed likewise.
import { z } from 'zod'
import { MimicitError, show } from '../base/errors.js'
import { stableJson } from '../base/hash.js'
import { IssueLog } from '../base/issues.js'
import { parseOptions } from '../base/options.js'
import type { Dataset } from '../shards/dataset.js'
import type { ContextSource, DatasetWriter } from '../shards/dataset-writer.js'
import {
  copyLengths,
  copyMedia,
  copyPairs,
  lazyContext,
  mappedContexts,
  mappedRange,
  type RowMap,
} from './copy-rows.js'
import { planMerge } from './merge-plan.js'
import { mappedMixture } from './mixture.js'
import { type RewriteOptions, type Rewritten, stoppable, withDatasets, writeRewritten } from './rewritten.js'

/** How to merge, and where to write it. */
export interface MergeOptions extends RewriteOptions {
  /**
   * One name for each source, in their order: every id of a source becomes `<name>/<id>`. For sources that use the same
   * ids for different things. @default ids stay as they are
   */
  readonly namespace?: readonly string[]
}

const schema = z.strictObject({
  out: z.string().min(1),
  namespace: z.array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)).optional(),
})

/**
 * Writes one data set of several; also one of one, which brings the generations of an appended one together.
 * @param locations of data sets
 * @throws MimicitError MIMICIT_DUPLICATE_ID if an id names two pairs, or two pictures that differ; MIMICIT_BAD_VALUE,
 * MIMICIT_NOT_EMPTY, MIMICIT_ABORTED
 */
export async function mergeDatasets(
  locations: readonly string[],
  { onProgress: tell, signal, store, ...options }: MergeOptions,
): Promise<Rewritten> {
  const { out, namespace } = parseOptions('mergeDatasets', schema, options)
  checkNames(locations, namespace)
  const onProgress = stoppable('the merge', { onProgress: tell, signal })
  return withDatasets(locations, { signal, ...store }, async (datasets) => {
    const sources = datasets.map((dataset, s) => {
      const name = namespace?.[s]
      return { dataset, name: (id: string) => (name === undefined ? id : `${name}/${id}`) }
    })
    const log = new IssueLog()
    const plan = await planMerge(sources, log, onProgress)
    log.throwIfErrors(locations.join(', '), 'Give each source a name for its ids with --namespace.')
    const mixture = datasets.flatMap(({ manifest }, s) => mappedMixture(manifest.mixture, plan.maps[s]!.pairs))
    const fill = async (writer: DatasetWriter) => {
      for (const [s, { dataset }] of sources.entries()) {
        const mediaIds = (_: readonly string[], row: number) => plan.idsOf(s, row)
        await copyMedia(writer, dataset, (row) => plan.isStored(s, row), { mediaIds, onProgress })
      }
      for (const [s, { dataset, name }] of sources.entries()) {
        await copyPairs(writer, dataset, plan.maps[s]!, {
          pair: (pair) => ({ ...pair, id: name(pair.id), mediaIds: pair.mediaIds.map(name) }),
          onProgress,
        })
      }
      await mergeContexts(writer, datasets, plan.maps)
      const sourcesInOrder = datasets.map((dataset, s) => ({ dataset, pairs: plan.maps[s]!.pairs }))
      await copyLengths(writer, sourcesInOrder)
    }
    return writeRewritten('merge', datasets, out, { namespace: namespace ?? null }, fill, mixture)
  })
}

/** Each table that any source has: queries keep their order, one source after the other. */
async function mergeContexts(
  writer: DatasetWriter,
  datasets: readonly Dataset[],
  maps: readonly RowMap[],
): Promise<void> {
  const names = new Set(datasets.flatMap(({ manifest }) => Object.keys(manifest.contexts)))
  for (const name of names) {
    const having = [...datasets.entries()].filter(([, { manifest }]) => Object.hasOwn(manifest.contexts, name))
    const records = having.map(([s, { manifest }]) => ({ record: manifest.contexts[name]!, map: maps[s]!.pairs }))
    const ranges = records.map(({ record, map }) => mappedRange(record.pairs, map))
    const table = lazyContext(writer, name, {
      ...mergedSelect(records.map(({ record }) => record.select)),
      pairs: { from: Math.min(...ranges.map(({ from }) => from)), to: Math.max(...ranges.map(({ to }) => to)) },
    })
    for (const [s, dataset] of having) {
      for await (const row of mappedContexts(dataset, name, maps[s]!.pairs)) await table.add(row)
    }
  }
}

/** The function that all sources used, or a record of the different ones. */
function mergedSelect(selects: readonly ContextSource[]): ContextSource {
  const different = new Map(
    selects.map(({ name, parameters }) => [stableJson({ name, parameters }), { name, parameters }]),
  )
  const [first] = different.values()
  if (different.size === 1) return first!
  return { name: 'merged', parameters: { of: [...different.values()] } }
}

function checkNames(locations: readonly string[], namespace: readonly string[] | undefined): void {
  if (locations.length === 0) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'at least one data set',
      where: 'mergeDatasets',
      received: 'none',
    })
  }
  if (namespace === undefined) return
  if (namespace.length === locations.length && new Set(namespace).size === namespace.length) return
  throw new MimicitError('MIMICIT_BAD_VALUE', {
    expected: `${locations.length} different names, one for each data set`,
    where: 'option namespace of mergeDatasets',
    received: show(namespace),
  })
}
