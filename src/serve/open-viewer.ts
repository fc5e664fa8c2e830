// The viewer: a data set, training runs, an arena, a review of candidates, or all of them, behind one local server.
import type { StoreOptions } from '../io/store.js'
import { type Arena, type ArenaOptions, openArena } from './arena/arena-routes.js'
import { type ColdStartReview, coldStartRoutes } from './cold-start/cold-start-routes.js'
import { json, type Route } from './http/route.js'
import { type LocalServer, startServer } from './http/server.js'
import { readPageFiles } from './page-files.js'
import { type AskRun, openRun, runRoutes } from './runs/run-routes.js'
import { statisticsRoutes } from './statistics/statistics-routes.js'
import { datasetFacts, datasetRoutes } from './view/dataset-routes.js'
import { openShownDataset } from './view/shown-dataset.js'
import type { Overview } from './wire.js'

/** What to look at. */
export interface ViewerOptions {
  /** Directory of a data set, or its location far away. */
  readonly dataset?: string | undefined
  /** Directories of training runs. */
  readonly runs?: readonly string[]
  /** Answers to vote on. */
  readonly arena?: ArenaOptions | undefined
  /** Candidates for in-context examples to decide about. */
  readonly coldStart?: ColdStartReview | undefined
  /** Asks a checkpoint; without it samples of runs are not offered. */
  readonly askRun?: AskRun | undefined
  /** `bytes`, or the path of a tokenizer.json, for what is shown of tokens. @default 'bytes' */
  readonly tokenizer?: string | undefined
  /** @default 0: any that is free */
  readonly port?: number | undefined
  /** How a data set far away is read. */
  readonly store?: StoreOptions | undefined
}

/**
 * Starts the viewer.
 * @throws MimicitError as opening the data set, the runs and the arena; MIMICIT_BUSY if the port is taken, or another arena writes the votes
 */
export async function openViewer(options: ViewerOptions): Promise<LocalServer> {
  const page = await readPageFiles()
  const shown = options.dataset === undefined ? undefined : await openShownDataset(options.dataset, options.store)
  const data = shown && datasetRoutes(shown, options.tokenizer ?? 'bytes')
  const statistics = shown && statisticsRoutes(shown.dataset, options.store)
  let arena: Arena | undefined
  const closeParts = async () => {
    await arena?.close()
    await statistics?.close()
    await data?.close()
  }
  try {
    const runs = await Promise.all((options.runs ?? []).map(openRun))
    arena = options.arena && (await openArena(options.arena, shown))
    const overview: Overview = {
      parts: [
        ...(shown === undefined ? [] : (['data'] as const)),
        ...(runs.length === 0 ? [] : (['runs'] as const)),
        ...(arena === undefined ? [] : (['arena'] as const)),
        ...(options.coldStart === undefined ? [] : (['cold-start'] as const)),
      ],
      dataset: shown === undefined ? null : datasetFacts(shown),
    }
    const routes: readonly Route[] = [
      { method: 'GET', path: '/api/overview', handle: () => json(overview) },
      ...(data?.routes ?? []),
      ...(statistics?.routes ?? []),
      ...(runs.length === 0 ? [] : runRoutes(runs, shown, options.askRun)),
      ...(arena?.routes ?? []),
      ...(options.coldStart === undefined ? [] : coldStartRoutes(options.coldStart)),
    ]
    const server = await startServer({ routes, page, ...(options.port !== undefined && { port: options.port }) })
    return {
      ...server,
      async close() {
        await server.close()
        await closeParts()
      },
    }
  } catch (error) {
    await closeParts()
    throw error
  }
}
