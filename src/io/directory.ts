// A directory as a store, and its files read by position.
import { type FileHandle, open, readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { MimicitError } from '../base/errors.js'
import type { ReadableFile, Store } from './readable.js'

/** A directory can always be listed. */
export interface DirectoryStore extends Store {
  list(): Promise<string[]>
}

/** A directory of this machine as a store. */
export function openDirectory(root: string): DirectoryStore {
  return {
    location: root,
    open: (path) => openFile(join(root, path), path),
    readAll: async (path) => {
      try {
        return await readFile(join(root, path))
      } catch (error) {
        throw asIoError(error, join(root, path))
      }
    },
    exists: (path) => isFile(join(root, path)),
    list: async () => {
      const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((error) => {
        throw asIoError(error, root)
      })
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) =>
          relative(root, join(entry.parentPath ?? entry.path, entry.name))
            .split(sep)
            .join('/'),
        )
        .sort()
    },
  }
}

/** Whether there is such a file. One that cannot be looked at is an error: nobody shall take it for one that is not there. */
async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return false
    throw asIoError(error, path)
  }
}

/**
 * Opens one file for reading ranges.
 * @throws MimicitError MIMICIT_NOT_FOUND if it is not there, MIMICIT_IO if it cannot be read
 */
export async function openFile(absolutePath: string, name = absolutePath): Promise<ReadableFile> {
  let handle: FileHandle
  let byteLength: number
  try {
    handle = await open(absolutePath, 'r')
    const facts = await handle.stat()
    if (facts.isDirectory()) {
      await handle.close()
      throw Object.assign(new Error('is a directory'), { code: 'EISDIR' })
    }
    byteLength = facts.size
  } catch (error) {
    throw asIoError(error, absolutePath)
  }
  const checkBounds = (offset: number, length: number) => {
    if (offset < 0 || length < 0 || offset + length > byteLength) throw pastTheEnd(name, offset, length, byteLength)
  }
  const fill = async (bytes: Uint8Array, offset: number) => {
    for (let done = 0; done < bytes.byteLength; ) {
      const { bytesRead } = await handle.read(bytes, done, bytes.byteLength - done, offset + done).catch((error) => {
        throw asIoError(error, absolutePath)
      })
      if (bytesRead === 0) throw pastTheEnd(name, offset, bytes.byteLength, offset + done)
      done += bytesRead
    }
  }
  return {
    path: name,
    localPath: absolutePath,
    byteLength,
    async read(offset, length) {
      // The bound comes before the allocation: a lying length must not make us reserve what the file cannot hold.
      checkBounds(offset, length)
      const bytes = Buffer.allocUnsafeSlow(length)
      await fill(bytes, offset)
      return bytes
    },
    async readInto(target, offset) {
      checkBounds(offset, target.byteLength)
      await fill(target, offset)
    },
    close: () => handle.close(),
  }
}

/** Size and time of change of a file: what tells without reading it that it is still the same. */
export async function fileStamp(path: string): Promise<{ readonly bytes: number; readonly mtimeMs: number }> {
  try {
    const { size, mtimeMs } = await stat(path)
    return { bytes: size, mtimeMs }
  } catch (error) {
    throw asIoError(error, path)
  }
}

function pastTheEnd(path: string, offset: number, length: number, end: number): MimicitError {
  return new MimicitError('MIMICIT_CORRUPT', {
    expected: `${length} bytes at offset ${offset}`,
    where: path,
    received: `a file of ${end} bytes`,
    hint: 'The file is shorter than its index says; run `mimicit verify`.',
  })
}

/** Turns an error of the file system into one that says what to do. */
export function asIoError(error: unknown, path: string): MimicitError {
  if (error instanceof MimicitError) return error
  const code = (error as NodeJS.ErrnoException).code
  const hints: Readonly<Record<string, string>> = {
    ENOENT: 'Check the path.',
    EISDIR: 'Name a file, not a directory.',
    ENOTDIR: 'A part of the path is a file.',
    ELOOP: 'A link leads back to itself.',
    EIO: 'The disk or the network file system failed; see the log of the system.',
    EACCES: 'You may not read or write there.',
    EPERM: 'You may not read or write there.',
    EROFS: 'The file system is read-only.',
    ENOSPC: 'The disk is full; free some room and run again.',
    EDQUOT: 'Your quota is used up; free some room and run again.',
    EFBIG: 'The file would be larger than the system allows here (ulimit -f, or the file system).',
  }
  return new MimicitError(code === 'ENOENT' ? 'MIMICIT_NOT_FOUND' : 'MIMICIT_IO', {
    expected: code === 'ENOENT' ? 'an existing file' : 'a usable file',
    where: path,
    received: code === 'ENOENT' ? 'no such file or directory' : (code ?? String(error)),
    ...(code !== undefined && hints[code] !== undefined ? { hint: hints[code] } : {}),
    cause: error,
  })
}
