// A store with a cache in front: files are fetched in blocks of 1 MiB, and blocks are kept on the local disk up to a
// limit. A block belongs to one version of one file of one location, so a file that changed is never mixed with its past.
// Whatever goes wrong with the cache itself (a full disk, a damaged block) costs a request, never an error.
import { sha256Hex } from '../../base/hash.js'
import { LruCache } from '../../base/lru.js'
import type { ByteRange } from '../coalesce.js'
import { type CacheStats, type ReadableFile, readMany, readWhole, type Store } from '../readable.js'
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

  const lookUp = async (blocks: BlockDirectory, { key, length }: Block) => {
    const name = nameOf(key)
    const stored = await blocks.read(name)
    const content = stored && decodeBlock(key, stored, length)
    if (content !== undefined) counts.hits++
    else counts.misses++
    if (stored !== undefined && content === undefined) {
      counts.damaged++
      await blocks.remove(name).catch(() => undefined)
    }
    return content
  }
  const keep = async (blocks: BlockDirectory, { key }: Block, content: Uint8Array) => {
    const written = await blocks.write(nameOf(key), encodeBlock(key, content)).catch(() => false)
    if (!written) counts.unwritten++
    return content
  }
  /** Loads blocks that nobody is loading. All are looked up before any is fetched, so that those missing come together. */
  const load = (blocks: BlockDirectory, file: ReadableFile, wanted: readonly Block[]) => {
    const found = Promise.all(wanted.map((block) => lookUp(blocks, block)))
    const fetched = found.then(async (contents) => {
      const missing = wanted.filter((_, i) => contents[i] === undefined)
      const got = await readMany(file, missing)
      return new Map(missing.map((block, i) => [block, got[i]!]))
    })
    for (const [i, block] of wanted.entries()) {
      const loading = found
        .then(async (contents) => contents[i] ?? keep(blocks, block, (await fetched).get(block)!))
        .then((content) => {
          memory.set(block.key, content, content.byteLength)
          return content
        })
      const done = () => inFlight.delete(block.key)
      loading.then(done, done)
      inFlight.set(block.key, loading)
    }
  }
  const contentsOf = async (blocks: BlockDirectory, file: ReadableFile, wanted: readonly Block[]) => {
    // What memory has is taken now: loading the rest may push it out.
    const known = wanted.map(({ key }) => memory.get(key))
    counts.hits += known.filter((content) => content !== undefined).length
    load(
      blocks,
      file,
      wanted.filter(({ key }, i) => known[i] === undefined && !inFlight.has(key)),
    )
    return Promise.all(wanted.map(({ key }, i) => known[i] ?? inFlight.get(key)!))
  }

  const cached = (blocks: BlockDirectory, file: ReadableFile): ReadableFile => {
    // Without a name for the content an older one of the same length could not be told from it.
    if (file.version === undefined) return file
    const identity = JSON.stringify([store.location, file.path, file.version, file.byteLength, BLOCK_BYTES])
    const read = async (offset: number, length: number) => {
      // The file knows best how to refuse what lies outside of it.
      if (!(offset >= 0 && length > 0 && offset + length <= file.byteLength)) return file.read(offset, length)
      const wanted = blocksOf(identity, offset, length, file.byteLength)
      const out = new Uint8Array(length)
      for (const [i, content] of (await contentsOf(blocks, file, wanted)).entries()) {
        const start = wanted[i]!.offset
        const from = Math.max(offset, start)
        const to = Math.min(offset + length, start + content.byteLength)
        out.set(content.subarray(from - start, to - start), from - offset)
      }
      return out
    }
    const readAgain = async (offset: number, length: number) => {
      for (const { key } of blocksOf(identity, offset, length, file.byteLength)) {
        memory.delete(key)
        await blocks.remove(nameOf(key)).catch(() => undefined)
      }
      return read(offset, length)
    }
    return {
      path: file.path,
      byteLength: file.byteLength,
      version: file.version,
      read,
      readAgain,
      readMany: (ranges) => Promise.all(ranges.map(({ offset, length }) => read(offset, length))),
      close: () => file.close(),
    }
  }
  const open = async (path: string) => cached(await opened(), await store.open(path))

  return {
    location: store.location,
    open,
    readAll: async (path) => readWhole(await open(path)),
    readAllAgain: async (path) => readWhole(await open(path), true),
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

/** One block of one version of a file. */
interface Block extends ByteRange {
  readonly key: string
}

const nameOf = (key: string) => `${sha256Hex(key)}.block`

/** The blocks that hold a range. */
function blocksOf(identity: string, offset: number, length: number, byteLength: number): Block[] {
  const blocks: Block[] = []
  for (let at = offset - (offset % BLOCK_BYTES); at < offset + length; at += BLOCK_BYTES) {
    blocks.push({ key: `${identity} ${at}`, offset: at, length: Math.min(BLOCK_BYTES, byteLength - at) })
  }
  return blocks
}
