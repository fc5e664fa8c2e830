// The one seam for bytes: a store is a place that holds files, near or far (stores.ts has every kind). Options are parsed here, at
// the edge.
import { z } from 'zod'
import { isRecord, parseOptions } from '../base/options.js'
import type { Store } from './readable.js'
import { openLocation, type StoreOptions } from './stores.js'

export { type ReadableFile, readMany, type Store, type StoreStats } from './readable.js'
export { type StoreOptions, stores } from './stores.js'

const count = z.int().min(1).optional()
/** Infinity included, for a cache without a limit. */
const amount = z.custom<number>((value) => typeof value === 'number' && value >= 0, 'a number from 0 on')
const anything = z.unknown().optional()

const storeOptions = z.strictObject({
  cache: z.strictObject({ dir: z.string().min(1), maxBytes: amount }).optional(),
  network: z
    .strictObject({
      tries: count,
      timeoutMs: amount.optional(),
      backoffMs: amount.optional(),
      maxBackoffMs: amount.optional(),
      concurrency: count,
    })
    .optional(),
  signal: anything,
  clock: anything,
})

/**
 * The store of a location.
 * @throws MimicitError MIMICIT_UNSUPPORTED for a scheme that no store handles, MIMICIT_BAD_VALUE for a location that its
 * store cannot read and for a wrong option, MIMICIT_UNKNOWN_OPTION
 */
export function openStore(location: string, options: StoreOptions = {}): Store {
  parseOptions('a data set location', storeOptions, isRecord('a data set location', options))
  return openLocation(location, options)
}
