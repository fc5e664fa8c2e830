// The viewer: a data set, training runs, or both, behind one local server.
import type { StoreOptions } from '../io/store.js'
import { json, type Route } from './http/route.js'
import { type LocalServer, startServer } from './http/server.js'
import { readPageFiles } from './page-files.js'
import { datasetFacts, datasetRoutes } from './view/dataset-routes.js'
import { openShownDataset } from './view/shown-dataset.js'
import type { Overview } from './wire.js'

/** What to look at. */
export interface ViewerOptions {
  /** Directory of a data set, or its location far away. */
  readonly dataset?: string | undefined
  /** `bytes`, or the path of a tokenizer.json, for what is shown of tokens. @default 'bytes' */
  readonly tokenizer?: string | undefined
  /** @default 0: any that is free */
  readonly port?: number | undefined
  /** How a data set far away is read. */
  readonly store?: StoreOptions | undefined
}

/**
 * Starts the viewer.
 * @throws MimicitError as opening the data set; MIMICIT_BUSY if the port is taken
 */
export async function openViewer(options: ViewerOptions): Promise<LocalServer> {
  const page = await readPageFiles()
  const shown = options.dataset === undefined ? undefined : await openShownDataset(options.dataset, options.store)
  const data = shown && datasetRoutes(shown, options.tokenizer ?? 'bytes')
  const overview: Overview = {
    parts: shown === undefined ? [] : ['data'],
    dataset: shown === undefined ? null : datasetFacts(shown),
  }
  const routes: readonly Route[] = [
    { method: 'GET', path: '/api/overview', handle: () => json(overview) },
    ...(data?.routes ?? []),
  ]
  try {
    const server = await startServer({ routes, page, ...(options.port !== undefined && { port: options.port }) })
    return {
      ...server,
      async close() {
        await server.close()
        await data?.close()
      },
    }
  } catch (error) {
    await data?.close()
    throw error
  }
}
