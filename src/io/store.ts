// The one seam for bytes: a store is a place that holds files (a directory today; http, hf and s3 are further files in
// this room and further lines in `stores`).
import { fileURLToPath } from 'node:url'
import { MimicitError, show } from '../base/errors.js'
import { openDirectory } from './directory.js'
import type { Store } from './readable.js'

export type { ReadableFile, Store } from './readable.js'

/** Opens a store by the scheme of a location; a location without a scheme is a directory. */
export const stores: Readonly<Record<string, (location: string) => Store>> = {
  file: (location) => openDirectory(/^file:/i.test(location) ? fileURLToPath(location) : location),
}

/**
 * The store of a location.
 * @throws MimicitError MIMICIT_UNSUPPORTED for a scheme that no store handles
 */
export function openStore(location: string): Store {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(location)?.[1]?.toLowerCase() ?? 'file'
  const open = Object.hasOwn(stores, scheme) ? stores[scheme] : undefined
  if (open === undefined) {
    throw new MimicitError('MIMICIT_UNSUPPORTED', {
      expected: `a location that can be read (${Object.keys(stores).join(', ')})`,
      where: 'the data set location',
      received: show(location),
      hint: 'Copy the data set to a local directory.',
    })
  }
  return open(location)
}
