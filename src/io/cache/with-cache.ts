// A store with a cache in front: files are fetched in blocks of 1 MiB, and blocks are kept on the local disk up to a
// limit. A block belongs to one version of one file of one location, so a file that changed is never mixed with its past.
// Whatever goes wrong with the cache itself (a full disk, a damaged block) costs a request, never an error.
import { sha256Hex } from '../../base/hash.js'
import { LruCache } from '../../base/lru.js'
import type { ByteRange } from '../coalesce.js'
import { type CacheStats, type ReadableFile, readWhole, type Store } from '../readable.js'
import { type BlockDirectory, openBlockDirectory } from './block-directory.js'
import { decodeBlock, encodeBlock } from './block-file.js'

/** Where and how much. */
export interface CacheOptions {
  /** Directory of the cache: empty, missing, or a cache already. Several processes may share it. */
  readonly dir: string
  /** Bytes its files may take together; 0 = no cache. */
  readonly maxBytes: number
}

/** Bytes of one block, but for the last of a file. */
export const BLOCK_BYTES = 1 << 20
/** Bytes of blocks kept in memory, so that neighbouring pictures are not read and hashed again and again. */
const MEMORY_BYTES = 16 * BLOCK_BYTES

/**
 * Puts a cache in front of a store.
 * @throws MimicitError (when the first file is opened) MIMICIT_NOT_EMPTY if `dir` holds other things than a cache
 */
export function withCache(store: Store, { dir, maxBytes }: CacheOptions): Store {
  if (maxBytes <= 0) return store
  const memory = new LruCache<string, Uint8Array>(Math.min(MEMORY_BYTES, maxBytes))
  const inFlight = new Map<string, Promise<Uint8Array>>()
  const counts = { hits: 0, misses: 0, damaged: 0, unwritten: 0 }
  let directory: Promise<BlockDirectory> | undefined
  let evicted = () => 0
  const opened = () => {
    directory ??= openBlockDirectory(dir, maxBytes).then((blocks) => {
      evicted = () => blocks.evicted
      return blocks
    })
    return directory
  }

  const load = async (blocks: BlockDirectory, file: ReadableFile, key: string, range: ByteRange) => {
    const name = `${sha256Hex(key)}.block`
    const stored = await blocks.read(name)
    const kept = stored && decodeBlock(key, stored, range.length)
    if (kept !== undefined) {
      counts.hits++
      return kept
    }
    if (stored !== undefined) {
      counts.damaged++
      await blocks.remove(name).catch(() => undefined)
    }
    counts.misses++
    const content = await file.read(range.offset, range.length)
    const written = await blocks.write(name, encodeBlock(key, content)).catch(() => false)
    if (!written) counts.unwritten++
    return content
  }
  const block = (blocks: BlockDirectory, file: ReadableFile, key: string, range: ByteRange) => {
    const found = memory.get(key)
    if (found !== undefined) {
      counts.hits++
      return Promise.resolve(found)
    }
    let loading = inFlight.get(key)
    if (loading === undefined) {
      loading = load(blocks, file, key, range).then((content) => {
        memory.set(key, content, content.byteLength)
        return content
      })
      const done = () => inFlight.delete(key)
      loading.then(done, done)
      inFlight.set(key, loading)
    }
    return loading
  }

  const cached = (blocks: BlockDirectory, file: ReadableFile): ReadableFile => {
    // Without a name for the content an older one of the same length could not be told from it.
    if (file.version === undefined) return file
    const identity = JSON.stringify([store.location, file.path, file.version, file.byteLength, BLOCK_BYTES])
    const read = async (offset: number, length: number) => {
      // The file knows best how to refuse what lies outside of it.
      if (!(offset >= 0 && length > 0 && offset + length <= file.byteLength)) return file.read(offset, length)
      const out = new Uint8Array(length)
      const ranges = blockRanges(offset, length, file.byteLength)
      await Promise.all(
        ranges.map(async (range) => {
          const content = await block(blocks, file, `${identity} ${range.offset}`, range)
          const from = Math.max(offset, range.offset)
          const to = Math.min(offset + length, range.offset + range.length)
          out.set(content.subarray(from - range.offset, to - range.offset), from - offset)
        }),
      )
      return out
    }
    return {
      path: file.path,
      byteLength: file.byteLength,
      version: file.version,
      read,
      readMany: (ranges) => Promise.all(ranges.map(({ offset, length }) => read(offset, length))),
      close: () => file.close(),
    }
  }
  const open = async (path: string) => cached(await opened(), await store.open(path))

  return {
    location: store.location,
    open,
    readAll: async (path) => readWhole(await open(path)),
    exists: (path) => store.exists(path),
    list: () => store.list(),
    stats() {
      const cache: CacheStats = { ...counts, evicted: evicted() }
      return { ...(store.stats?.() ?? { requests: 0, retries: 0, bytes: 0 }), cache }
    },
    async close() {
      memory.clear()
      await store.close?.()
      // Blocks that were fetched just before may still be on their way to the disk.
      await Promise.allSettled(inFlight.values())
    },
  }
}

/** The blocks that hold a range. */
function blockRanges(offset: number, length: number, byteLength: number): ByteRange[] {
  const ranges: ByteRange[] = []
  for (let at = offset - (offset % BLOCK_BYTES); at < offset + length; at += BLOCK_BYTES) {
    ranges.push({ offset: at, length: Math.min(BLOCK_BYTES, byteLength - at) })
  }
  return ranges
}
