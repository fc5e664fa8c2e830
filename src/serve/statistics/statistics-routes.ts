// The statistics of a data set, measured once, when somebody first asks; whoever asks meanwhile hears how far they are.
import type { Progress } from '../../base/progress.js'
import type { Dataset } from '../../shards/dataset.js'
import type { Route } from '../http/route.js'
import type { StatisticsNews, StatisticsReport } from '../wire.js'
import { datasetFigures } from './dataset-figures.js'

const REPORT_MS = 200

/** Nothing is measured before it is asked for. */
export function statisticsRoutes(dataset: Dataset): { readonly routes: readonly Route[]; close(): Promise<void> } {
  const closing = new AbortController()
  let progress: Progress | undefined
  let measuring: Promise<StatisticsReport> | undefined
  const measure = () => {
    measuring ??= datasetFigures(dataset, {
      signal: closing.signal,
      onProgress: (now) => {
        progress = now
      },
    })
    // What failed may work the next time, from far away above all.
    measuring.catch(() => {
      measuring = undefined
    })
    return measuring
  }
  async function* news(signal: AbortSignal): AsyncGenerator<StatisticsNews> {
    const report = measure()
    for (;;) {
      const found = await Promise.race([report, tick()])
      if (found !== undefined) return yield { report: found }
      if (signal.aborted) return
      if (progress !== undefined) yield { stage: progress.stage, done: progress.done, total: progress.total ?? null }
    }
  }
  return {
    routes: [
      { method: 'GET', path: '/api/statistics', handle: ({ signal }) => ({ kind: 'events', events: news(signal) }) },
    ],
    async close() {
      closing.abort()
      await measuring?.catch(() => undefined)
    },
  }
}

const tick = () => new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), REPORT_MS).unref())
