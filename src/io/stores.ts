// Every kind of store, by the scheme of its locations. A new kind is a file in this room and a line here.
import { fileURLToPath } from 'node:url'
import { MimicitError, show } from '../base/errors.js'
import { type CacheOptions, withCache } from './cache/with-cache.js'
import { openDirectory } from './directory.js'
import { openHub } from './hf-store.js'
import type { Clock } from './http/clock.js'
import { openHttp } from './http/http-store.js'
import type { NetworkOptions, RangeClientOptions } from './http/range-client.js'
import { publicLocation, schemeOf } from './location.js'
import type { Store } from './readable.js'
import { openS3 } from './s3-store.js'

/** How a store far away is read; a directory needs none of it. */
export interface StoreOptions {
  /** A cache on the local disk. @default none */
  readonly cache?: CacheOptions | undefined
  readonly network?: NetworkOptions | undefined
  /** Ends every read with MIMICIT_ABORTED, and the store with it. */
  readonly signal?: AbortSignal | undefined
  /** Where waits and time-outs come from, for tests. */
  readonly clock?: Clock | undefined
}

/** Opens a store by the scheme of a location; a location without a scheme is a directory. */
export const stores: Readonly<Record<string, (location: string, options?: StoreOptions) => Store>> = {
  file: (location) => openDirectory(directoryOf(location)),
  http: far(openHttp),
  https: far(openHttp),
  hf: far(openHub),
  s3: far(openS3),
}

/**
 * The store of a location, by options that were parsed.
 * @throws MimicitError MIMICIT_UNSUPPORTED for a scheme that no store handles, MIMICIT_BAD_VALUE for a location that its
 * store cannot read
 */
export function openLocation(location: string, options: StoreOptions): Store {
  const scheme = schemeOf(location)
  const open = Object.hasOwn(stores, scheme) ? stores[scheme] : undefined
  if (open === undefined) {
    throw new MimicitError('MIMICIT_UNSUPPORTED', {
      expected: `a location that can be read (${Object.keys(stores).join(', ')})`,
      where: 'the data set location',
      received: show(publicLocation(location)),
      hint: 'Copy the data set to a local directory.',
    })
  }
  return open(location, options)
}

/** The path of a directory, as a path or as a `file:` URL says it. */
function directoryOf(location: string): string {
  const refuse = (received: string) =>
    new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'a path, or a file: URL of this machine',
      where: 'the data set location',
      received,
    })
  if (location === '') throw refuse('an empty text')
  if (!/^file:/i.test(location)) return location
  try {
    return fileURLToPath(location)
  } catch {
    throw refuse(show(location))
  }
}

/** A store far away: network options, and a cache in front if one is wanted. */
function far(open: (location: string, options: RangeClientOptions) => Store) {
  return (location: string, { cache, network, signal, clock }: StoreOptions = {}): Store => {
    const store = open(location, { ...network, signal, ...(clock === undefined ? {} : { clock }) })
    return cache === undefined ? store : withCache(store, cache)
  }
}
