// What the rest of the house sees of bytes: a place that holds files, and a file that gives any range of its bytes. Apart
// from store.ts, so that the stores and the registry of them do not import each other.
import { MimicitError } from '../base/errors.js'
import type { ByteRange } from './coalesce.js'

/** A file that is open for reading ranges. */
export interface ReadableFile {
  /** Path inside its store, for messages. */
  readonly path: string
  readonly byteLength: number
  /**
   * Names this content, where the store knows such a name (an ETag, say): another content under the same path has
   * another version. A file without one is never kept in a cache.
   */
  readonly version?: string
  /** Where it lies on this machine, for work that is given to another thread; absent for a file that is far away. */
  readonly localPath?: string
  /**
   * Exactly `length` bytes from `offset`, in a buffer of their own. A file that is far away joins reads that are asked for
   * in the same turn of the event loop when they lie near each other.
   * @throws MimicitError MIMICIT_CORRUPT if the file ends before that
   */
  read(offset: number, length: number): Promise<Uint8Array>
  /** As `read`, into memory of the caller's. Only where nothing is allocated for it. */
  readInto?(target: Uint8Array, offset: number): Promise<void>
  /** Several ranges at once, in the order given. Only where it is better than reading each; see `readMany`. */
  readMany?(ranges: readonly ByteRange[]): Promise<Uint8Array[]>
  /**
   * As `read`, but fetched anew, past any cache: for bytes that turned out not to be those that were stored. Only of files
   * far away, where a byte may break on its way.
   */
  readAgain?(offset: number, length: number): Promise<Uint8Array>
  /** Closes the file. */
  close(): Promise<void>
}

/** Reads several ranges of any file: together where the file can, one by one where nothing is gained by more. */
export function readMany(file: ReadableFile, ranges: readonly ByteRange[]): Promise<Uint8Array[]> {
  if (file.readMany !== undefined) return file.readMany(ranges)
  return Promise.all(ranges.map(({ offset, length }) => file.read(offset, length)))
}

/**
 * Reads bytes that have to fulfil something, a hash mostly. Those from far away get a second chance, so that what broke on
 * its way once does not stay in a cache for ever.
 * @param wrong makes the error of bytes that do not
 */
export async function readSound(
  file: ReadableFile,
  { offset, length }: ByteRange,
  isSound: (bytes: Uint8Array) => boolean,
  wrong: () => Error,
): Promise<Uint8Array> {
  const bytes = await file.read(offset, length)
  if (isSound(bytes)) return bytes
  const again = await file.readAgain?.(offset, length)
  if (again !== undefined && isSound(again)) return again
  throw wrong()
}

/** Bytes that a file which is read whole may have: such files are manifests and the like. */
const MOST_WHOLE_BYTES = 256 << 20

/**
 * Reads the whole of a small file and closes it.
 * @param again past any cache
 * @throws MimicitError MIMICIT_CORRUPT if it claims to be larger than any such file is
 */
export async function readWhole(file: ReadableFile, again = false): Promise<Uint8Array> {
  const read = (again && file.readAgain) || file.read
  try {
    if (file.byteLength <= MOST_WHOLE_BYTES) return await read(0, file.byteLength)
    throw new MimicitError('MIMICIT_CORRUPT', {
      expected: `a file of at most ${MOST_WHOLE_BYTES} bytes`,
      where: file.path,
      received: `${file.byteLength} bytes`,
      hint: 'It is no part of a data set, or its server does not tell the truth.',
    })
  } finally {
    await file.close()
  }
}

/** What a store has done so far. */
export interface StoreStats {
  /** Requests sent, redirects and further tries included. */
  readonly requests: number
  /** Tries after the first. */
  readonly retries: number
  /** Bytes of content received. */
  readonly bytes: number
  /** Present where a cache stands in front. */
  readonly cache?: CacheStats
}

/** What a cache has done so far. */
export interface CacheStats {
  /** Blocks found, in memory or on disk. */
  readonly hits: number
  /** Blocks that had to be fetched. */
  readonly misses: number
  /** Blocks deleted to stay inside the limit. */
  readonly evicted: number
  /** Blocks that were damaged or cut short and were fetched again. */
  readonly damaged: number
  /** Blocks that could not be written; reading goes on without them. */
  readonly unwritten: number
}

/** A place that holds files. */
export interface Store {
  /** What the user called it, without credentials. */
  readonly location: string
  /** @throws MimicitError MIMICIT_NOT_FOUND if there is no such file */
  open(path: string): Promise<ReadableFile>
  /** The whole of a small file. */
  readAll(path: string): Promise<Uint8Array>
  /** As `readAll`, past any cache; only of places far away. */
  readAllAgain?(path: string): Promise<Uint8Array>
  /** Whether there is such a file. */
  exists(path: string): Promise<boolean>
  /** Every file below the store, relative, with `/`, sorted; undefined where a store cannot list. */
  list(): Promise<string[] | undefined>
  /** Counters, for a store that is far away. */
  stats?(): StoreStats
  /** Stops what is under way (it fails with MIMICIT_ABORTED) and gives back what the store holds. */
  close?(): Promise<void>
}
