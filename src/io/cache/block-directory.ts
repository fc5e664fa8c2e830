// Blocks on a disk, with a limit. Several processes may use one directory: there is no lock, so nothing can hang; files
// are written under another name and renamed, so nobody sees half of one; two that fetch the same block write the same
// bytes. What is deleted was made here: the directory carries a marker or was empty, and only plain files with the names
// that blocks have, at the places where blocks are, are ever removed.
import { randomBytes } from 'node:crypto'
import { lstat, mkdir, open, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MimicitError } from '../../base/errors.js'
import { asIoError } from '../directory.js'

/** Makes a directory a cache. */
export const MARKER = 'MIMICIT-CACHE'
const MARKER_TEXT =
  'A cache of mimicit: copies of parts of files that are far away. It may be deleted whole at any time.\n'
const TEMPORARY = 'tmp'
const SHELF = /^[0-9a-f]{2}$/
const BLOCK = /^[0-9a-f]{64}\.block$/
const HALF = /^[0-9]+-[0-9a-f]{16}\.half$/
/** A half-written file that nobody touched for so long belongs to a process that is gone. */
const ABANDONED_MS = 3_600_000
/** After eviction this share of the limit is free, so that not every write has to look for room. */
const HEADROOM = 1 / 16

/** A directory of blocks. */
export interface BlockDirectory {
  /** The whole file of a block, or undefined if it is not there. Reading makes it the last to be evicted. */
  read(name: string): Promise<Uint8Array | undefined>
  /** Keeps a block if there can be room for it. @returns whether it is kept */
  write(name: string, parts: readonly Uint8Array[]): Promise<boolean>
  /** Removes one block. */
  remove(name: string): Promise<void>
  /** Blocks removed for want of room. */
  readonly evicted: number
}

/**
 * Opens or makes a cache directory.
 * @param maxBytes what all files in it may take together; each further process at work in it may go over that by one block
 * or a sixteenth for a moment, since nobody sees what the others are just writing
 * @throws MimicitError MIMICIT_NOT_EMPTY if it holds other things than a cache, MIMICIT_IO if it cannot be made
 */
export async function openBlockDirectory(root: string, maxBytes: number, now = Date.now): Promise<BlockDirectory> {
  await claim(root)
  let evicted = 0
  /** Bytes in use as of the last look at the directory, and what was written here since. */
  let used: number | undefined
  let written = 0
  let turn: Promise<unknown> = Promise.resolve()

  const pathOf = (name: string) => join(root, name.slice(0, 2), name)

  /** Makes room for so many bytes, oldest first. */
  const makeRoom = async (bytes: number) => {
    const fresh = used !== undefined && written + bytes <= maxBytes * HEADROOM
    if (fresh && used! + written + bytes <= maxBytes) return
    const files = await survey(root, now())
    used = files.reduce((sum, file) => sum + file.bytes, 0)
    written = 0
    if (used + bytes <= maxBytes) return
    const goal = Math.max(0, maxBytes * (1 - HEADROOM) - bytes)
    for (const file of files.sort((a, b) => a.usedMs - b.usedMs)) {
      if (used <= goal) break
      if (file.inUse) continue
      await rm(file.path, { force: true })
      used -= file.bytes
      evicted++
    }
  }
  const store = async (name: string, parts: readonly Uint8Array[]) => {
    const bytes = parts.reduce((sum, part) => sum + part.byteLength, 0)
    if (bytes > maxBytes) return false
    // Somebody may have emptied or deleted the directory meanwhile, as the marker says one may.
    await claim(root)
    await makeRoom(bytes)
    const half = join(root, TEMPORARY, `${process.pid}-${randomBytes(8).toString('hex')}.half`)
    try {
      await mkdir(join(root, TEMPORARY), { recursive: true, mode: 0o700 })
      await mkdir(join(root, name.slice(0, 2)), { recursive: true, mode: 0o700 })
      const handle = await open(half, 'wx', 0o600)
      try {
        for (const part of parts) await handle.writeFile(part)
      } finally {
        await handle.close()
      }
      await rename(half, pathOf(name))
    } catch (error) {
      await rm(half, { force: true })
      throw error
    }
    written += bytes
    return true
  }

  return {
    async read(name) {
      const path = pathOf(name)
      try {
        const bytes = await readFile(path)
        // The time of the last use is that of the last change: many file systems do not keep the other one.
        const time = new Date(now())
        await utimes(path, time, time).catch(() => undefined)
        return bytes
      } catch {
        return undefined
      }
    },
    write(name, parts) {
      // One after the other, so that two writes do not both take the last room.
      const work = turn.then(() => store(name, parts))
      turn = work.catch(() => undefined)
      return work
    },
    remove: (name) => rm(pathOf(name), { force: true }),
    get evicted() {
      return evicted
    },
  }
}

/** Makes the directory if need be and sees that it is a cache. */
async function claim(root: string): Promise<void> {
  try {
    await mkdir(root, { recursive: true, mode: 0o700 })
    const names = await readdir(root)
    if (names.includes(MARKER)) return
    if (names.length > 0) {
      throw new MimicitError('MIMICIT_NOT_EMPTY', {
        expected: `a directory that is empty or a cache (one with ${MARKER} in it)`,
        where: `the cache ${root}`,
        received: `one with ${names.length} other files in it`,
        hint: 'Name another directory; a cache deletes files, and these are not its own.',
      })
    }
    // Not written by rename: another process that looks meanwhile must find the marker or nothing at all.
    await writeFile(join(root, MARKER), MARKER_TEXT)
  } catch (error) {
    throw asIoError(error, root)
  }
}

interface CachedFile {
  readonly path: string
  readonly bytes: number
  readonly usedMs: number
  /** Somebody is writing it. */
  readonly inUse: boolean
}

/** Every file that a cache made; abandoned halves are removed on the way. */
async function survey(root: string, now: number): Promise<CachedFile[]> {
  const files: CachedFile[] = []
  for (const shelf of await readdir(root, { withFileTypes: true })) {
    const names = shelf.name === TEMPORARY ? HALF : SHELF.test(shelf.name) ? BLOCK : undefined
    // A link to a directory is no directory here: what lies behind it was not made by a cache.
    if (names === undefined || !shelf.isDirectory()) continue
    for (const entry of await readdir(join(root, shelf.name), { withFileTypes: true }).catch(() => [])) {
      if (!entry.isFile() || !names.test(entry.name)) continue
      if (names === BLOCK && !entry.name.startsWith(shelf.name)) continue
      const path = join(root, shelf.name, entry.name)
      // It may be gone by now: another process evicts too.
      const facts = await lstat(path).catch(() => undefined)
      if (facts === undefined) continue
      const half = names === HALF
      if (half && now - facts.mtimeMs > ABANDONED_MS) await rm(path, { force: true })
      else files.push({ path, bytes: facts.size, usedMs: facts.mtimeMs, inUse: half })
    }
  }
  return files
}
