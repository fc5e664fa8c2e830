// How the places of a stream are read, by its settings.
import type { NetworkOptions } from '../io/http/range-client.js'
import type { StoreOptions } from '../io/stores.js'
import type { LoaderSettings } from './options.js'

/** What of the settings is about reading from far away. None of it changes a batch. */
export function storeOptionsOf(
  { cacheDir, cacheBytes, network }: LoaderSettings,
  signal: AbortSignal | undefined,
): StoreOptions {
  return {
    network: network as NetworkOptions,
    signal,
    ...(cacheDir === undefined ? {} : { cache: { dir: cacheDir, maxBytes: cacheBytes } }),
  }
}
