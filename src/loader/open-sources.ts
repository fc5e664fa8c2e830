// The data sets of a stream, open. One that is named twice is opened once.
import { type Dataset, openDataset } from '../shards/dataset.js'
import { type LoaderSettings, storeOptionsOf } from './options.js'
import type { OpenSource } from './prepare.js'
import type { SourceSettings } from './sources.js'

/** Open data sets. */
export interface OpenSources {
  readonly opened: readonly OpenSource[]
  /** Ends what is being read from far away. */
  leave(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens the data sets of sources; manifests are read.
 * @param signal stops what is read from far away, now and later
 */
export async function openSources(
  sources: readonly SourceSettings[],
  settings: LoaderSettings,
  signal?: AbortSignal,
): Promise<OpenSources> {
  const datasets = new Map<string, Dataset>()
  const close = async () => {
    await Promise.all([...datasets.values()].map((dataset) => dataset.close()))
  }
  try {
    for (const { source } of sources) {
      if (!datasets.has(source)) datasets.set(source, await openDataset(source, storeOptionsOf(settings, signal)))
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    opened: sources.map((own) => ({ own, dataset: datasets.get(own.source)! })),
    async leave() {
      await Promise.all([...datasets.values()].map(({ store }) => store.close?.()))
    },
    close,
  }
}
