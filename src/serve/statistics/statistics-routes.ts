// What is measured of a whole data set: its statistics, and what verification finds wrong with it. Apart from one another, since
// a data set with damage has no statistics, and nobody reads all its bytes in order to see how long its texts are.
import type { StoreOptions } from '../../io/store.js'
import type { Dataset } from '../../shards/dataset.js'
import { verifyDataset } from '../../shards/verify/index.js'
import type { Route } from '../http/route.js'
import type { IssuesReport } from '../wire.js'
import { datasetFigures } from './dataset-figures.js'
import { measuredOnce, type Watch } from './measured-once.js'

/** Nothing is measured before it is asked for. @param store how a data set far away is read */
export function statisticsRoutes(
  dataset: Dataset,
  store?: StoreOptions,
): { readonly routes: readonly Route[]; close(): Promise<void> } {
  const figures = measuredOnce((watch) => datasetFigures(dataset, watch))
  const issues = measuredOnce((watch) => issuesOf(dataset.location, watch, store))
  return {
    routes: [
      {
        ...{ method: 'GET', path: '/api/statistics' },
        handle: ({ signal }) => ({ kind: 'events', events: figures.news(signal) }),
      },
      {
        ...{ method: 'GET', path: '/api/issues' },
        handle: ({ signal }) => ({ kind: 'events', events: issues.news(signal) }),
      },
    ],
    async close() {
      await Promise.all([figures.close(), issues.close()])
    },
  }
}

async function issuesOf(location: string, { onProgress, signal }: Watch, store?: StoreOptions): Promise<IssuesReport> {
  const { ok, listed, issues } = await verifyDataset(location, {
    ...(store !== undefined && { store }),
    onProgress(progress) {
      // No issue, so it ends the verification.
      signal.throwIfAborted()
      onProgress(progress)
    },
  })
  return { ok, listed, issues }
}
