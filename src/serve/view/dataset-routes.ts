// What can be asked of a data set.
import { isMimicitError } from '../../base/errors.js'
import type { Dataset } from '../../shards/dataset.js'
import { labelPolicies } from '../../text/labels/index.js'
import { templates } from '../../text/templates.js'
import { subsetPreset } from '../../tuple/subsets.js'
import { transforms } from '../../vision/transforms.js'
import { json, type Reply, type Route } from '../http/route.js'
import type { ContextList, DatasetFacts, FoundId } from '../wire.js'
import { contextName } from './loader-settings.js'
import { createPictures } from './pictures.js'
import { planView } from './plan-view.js'
import { parseFilter, parsePlan, parseSample, whole } from './query.js'
import { createSamples } from './samples.js'
import { createSearches } from './searches.js'
import type { ShownDataset } from './shown-dataset.js'

/** Routes over a data set, and what has to be closed with them. */
export interface DatasetRoutes {
  readonly routes: readonly Route[]
  close(): Promise<void>
}

/** Lines of a list that may be asked for at once. */
const MOST_LINES = 500
const HOUR_MS = 3_600_000

/** @param tokenizer `bytes`, or the path of a tokenizer.json, for samples */
export function datasetRoutes(shown: ShownDataset, tokenizer: string): DatasetRoutes {
  const { dataset } = shown
  const rows = dataset.manifest.tables.pairs.rows
  const searches = createSearches(dataset)
  const samples = createSamples(dataset, tokenizer)
  const pictures = createPictures(dataset)
  const rowOf = (text: string | undefined) => whole('the row of a pair', text, [0, rows - 1])
  const picture = async (bytes: Promise<{ readonly bytes: Uint8Array; readonly type: string }>): Promise<Reply> => ({
    kind: 'bytes',
    ...(await bytes),
    keepMs: HOUR_MS,
  })

  const routes: Route[] = [
    {
      method: 'GET',
      path: '/api/lines',
      async handle({ query }) {
        const from = whole('from', query.from, [0, Number.MAX_SAFE_INTEGER])
        const to = whole('to', query.to, [from, from + MOST_LINES])
        if (query.search !== undefined) return json(await shown.lines(searches.rows(query.search, from, to)))
        const last = Math.min(to, rows)
        return json(await shown.lines(Array.from({ length: Math.max(0, last - from) }, (_, i) => from + i)))
      },
    },
    { method: 'GET', path: '/api/pairs/:row', handle: async ({ params }) => json(await shown.full(rowOf(params.row))) },
    {
      method: 'GET',
      path: '/api/pairs/:row/contexts',
      handle: async ({ params, query }) => json(await contextsOf(shown, rowOf(params.row), query.name)),
    },
    {
      method: 'GET',
      path: '/api/pairs/:row/sample',
      handle: async ({ params, query }) => json(await samples.get(rowOf(params.row), parseSample(query))),
    },
    {
      method: 'GET',
      path: '/api/pairs/:row/sample/:slot/:frame',
      async handle({ params, query }) {
        const place = { slot: whole('slot', params.slot, [0, 65535]), frame: whole('frame', params.frame, [0, 65535]) }
        const bytes = await samples.picture(rowOf(params.row), parseSample(query), place)
        return { kind: 'bytes', bytes, type: 'image/png', keepMs: HOUR_MS }
      },
    },
    {
      method: 'GET',
      path: '/api/ids/:id',
      handle: async ({ params }) => json(await foundId(dataset, params.id ?? '')),
    },
    {
      method: 'GET',
      path: '/api/pictures/:row',
      handle({ params, query }) {
        const row = whole('the row of a picture', params.row, [0, dataset.manifest.tables.media.rows - 1])
        const side = query.side === undefined ? undefined : whole('side', query.side, [16, 2048])
        return picture(pictures.get(row, side))
      },
    },
    {
      method: 'POST',
      path: '/api/searches',
      handle: async ({ body }) => json(searches.start(parseFilter(await body()))),
    },
    {
      method: 'GET',
      path: '/api/searches/:id',
      handle: ({ params, signal }) => ({ kind: 'events', events: searches.progress(params.id ?? '', signal) }),
    },
    {
      method: 'DELETE',
      path: '/api/searches/:id',
      handle({ params }) {
        searches.forget(params.id ?? '')
        return json({})
      },
    },
    {
      method: 'POST',
      path: '/api/searches/:id/stop',
      handle({ params }) {
        searches.stop(params.id ?? '')
        return json({})
      },
    },
    {
      method: 'GET',
      path: '/api/plan',
      handle: async ({ query }) => json(await planView(shown, tokenizer, parsePlan(query))),
    },
  ]
  return {
    routes,
    async close() {
      await Promise.all([searches.close(), samples.close()])
      await shown.close()
    },
  }
}

/** Whoever searches for a word asks whether it is an id, so one that there is not is an answer like any other. */
async function foundId(dataset: Dataset, id: string): Promise<FoundId> {
  try {
    return { row: await dataset.pairRow(id) }
  } catch (error) {
    if (isMimicitError(error, 'MIMICIT_NOT_FOUND')) return { row: null }
    throw error
  }
}

/** What a stored C_psi has for a query, nearest or as it lists them. */
async function contextsOf(shown: ShownDataset, row: number, named: string | undefined): Promise<ContextList> {
  const name = contextName(shown.dataset, named)
  const found = name === 'none' ? undefined : await (await shown.dataset.context(name)).get(row)
  const contexts = await Promise.all(
    (found?.contexts ?? []).map(async (at, i) => ({ score: found?.scores?.[i] ?? null, pair: await shown.full(at) })),
  )
  return { name, listed: found !== undefined, contexts }
}

/** A data set in a few words, from its manifest. */
export function datasetFacts({ dataset }: ShownDataset): DatasetFacts {
  const { manifest, location } = dataset
  const { pairs, media } = manifest.tables
  return {
    location,
    pairs: pairs.rows,
    pictures: media.rows,
    form: manifest.form,
    generation: manifest.generation,
    orderKey: manifest.orderKey,
    subsets: manifest.subsets.map(({ name, pairs: count }) => ({
      name,
      title: subsetPreset(name).title,
      pairs: count,
    })),
    statistics: manifest.statistics,
    contexts: Object.entries(manifest.contexts).map(([name, { rows, maxContexts, select }]) => ({
      ...{ name, queries: rows, maxContexts, select },
    })),
    lengths: Object.entries(manifest.lengths ?? {}).map(([name, { rows, ids }]) => ({ name, rows, ids })),
    defaultContext: contextName(dataset, undefined),
    templates: Object.keys(templates),
    labels: Object.keys(labelPolicies),
    transforms: Object.keys(transforms),
  }
}
