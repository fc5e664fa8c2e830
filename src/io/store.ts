// The one seam for bytes: a store is a place that holds files (a directory today; http, hf and s3 are further files in
// this room and further lines in `stores`), and a readable file gives any range of its bytes.
import { fileURLToPath } from 'node:url'
import { MimicitError, show } from '../base/errors.js'
import { openDirectory } from './directory.js'

/** A file that is open for reading ranges. */
export interface ReadableFile {
  /** Path inside its store, for messages. */
  readonly path: string
  readonly byteLength: number
  /**
   * Exactly `length` bytes from `offset`.
   * @throws MimicitError MIMICIT_CORRUPT if the file ends before that
   */
  read(offset: number, length: number): Promise<Uint8Array>
  close(): Promise<void>
}

/** A place that holds files. */
export interface Store {
  /** What the user called it. */
  readonly location: string
  /** @throws MimicitError MIMICIT_NOT_FOUND if there is no such file */
  open(path: string): Promise<ReadableFile>
  /** The whole of a small file. */
  readAll(path: string): Promise<Uint8Array>
  exists(path: string): Promise<boolean>
  /** Every file below the store, relative, with `/`, sorted. */
  list(): Promise<string[]>
}

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
