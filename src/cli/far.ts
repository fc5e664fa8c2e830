// What every command that reads a data set says of places far away: how a location is written, and the cache.
import { Option } from 'commander'
import type { StoreOptions } from '../io/store.js'
import { byteCount } from './parse.js'

/** A data set as an argument. */
export const DATASET = 'directory of a data set, or its http(s)://, hf:// or s3:// location'

/** The flags of `cacheOption` and `cacheBytesOption`. */
export interface CacheFlags {
  readonly cache?: string
  readonly cacheBytes: number
}

export const cacheOption = () =>
  new Option('--cache <dir>', 'cache for a data set far away; several commands and runs may share it')

export const cacheBytesOption = () =>
  new Option('--cache-bytes <n>', 'what the cache may take: bytes, or 500MB, 10GB').argParser(byteCount).default(10e9)

/** The flags as options of the library, and the other flags. */
export function takeCache<F extends CacheFlags>(flags: F): { store: StoreOptions; rest: Omit<F, keyof CacheFlags> } {
  const { cache, cacheBytes, ...rest } = flags
  return { store: cache === undefined ? {} : { cache: { dir: cache, maxBytes: cacheBytes } }, rest }
}
