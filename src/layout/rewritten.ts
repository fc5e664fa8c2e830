// The frame of every rewrite of whole data sets: open the sources, write beside them, publish or leave nothing behind.
import { resolve } from 'node:path'
import { MimicitError } from '../base/errors.js'
import type { OnProgress } from '../base/progress.js'
import type { StoreOptions } from '../io/store.js'
import { type Dataset, openDataset } from '../shards/dataset.js'
import { createDataset, type DatasetWriter } from '../shards/dataset-writer.js'
import type { Manifest, MixtureRecord } from '../shards/manifest.js'
import { lineage } from './lineage.js'

/** Options of every rewrite. */
export interface RewriteOptions {
  /** The directory to make; it must not exist. */
  readonly out: string
  readonly onProgress?: OnProgress | undefined
  /** Stops the work; nothing is left on the disk. */
  readonly signal?: AbortSignal | undefined
  /** How data sets far away are read. */
  readonly store?: StoreOptions | undefined
}

/** What a rewrite made. */
export interface Rewritten {
  readonly out: string
  readonly manifest: Manifest
}

/** Opens data sets for the time of some work. */
export async function withDatasets<T>(
  locations: readonly string[],
  store: StoreOptions,
  work: (datasets: readonly Dataset[]) => Promise<T>,
): Promise<T> {
  const opened: Dataset[] = []
  try {
    for (const location of locations) opened.push(await openDataset(location, store))
    return await work(opened)
  } finally {
    for (const dataset of opened) await dataset.close()
  }
}

/**
 * Writes a new data set made of others.
 * @param command goes into provenance.json with the parents and `settings`
 * @param mixture how the new rows are mixed
 * @throws MimicitError MIMICIT_NOT_EMPTY, MIMICIT_IO, and whatever `fill` throws; nothing is left on the disk then
 */
export async function writeRewritten(
  command: string,
  sources: readonly Dataset[],
  out: string,
  settings: Readonly<Record<string, unknown>>,
  fill: (writer: DatasetWriter) => Promise<void>,
  mixture: readonly MixtureRecord[] | undefined,
): Promise<Rewritten> {
  const path = resolve(out)
  const writer = await createDataset(path)
  try {
    await fill(writer)
    return { out: path, manifest: await writer.finish(await lineage(command, sources, settings), mixture) }
  } catch (error) {
    await writer.abort()
    throw error
  }
}

/** Progress that also hears a request to stop: every long loop reports, so every long loop can be stopped. */
export function stoppable(
  what: string,
  { onProgress, signal }: Pick<RewriteOptions, 'onProgress' | 'signal'>,
): OnProgress {
  return (progress) => {
    if (signal?.aborted === true) {
      throw new MimicitError('MIMICIT_ABORTED', {
        expected: 'to finish',
        where: what,
        received: 'a request to stop',
        hint: 'Nothing was written; run the same command again.',
      })
    }
    onProgress?.(progress)
  }
}
