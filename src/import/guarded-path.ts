// Files that a source names, below one folder and nowhere else: what a downloaded file says must never make an import read
// other files of this machine into a data set that is then given away.
import { constants } from 'node:fs'
import { open, readdir, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, posix, relative, sep, win32 } from 'node:path'
import { MimicitError, show } from '../base/errors.js'
import { asIoError } from '../io/directory.js'
import { isPictureName } from '../vision/picture-names.js'

/** A larger file is no picture. */
export const MAX_PICTURE_BYTES = 256 * 2 ** 20
/** A clip has fewer frames than this. */
const MAX_FRAMES = 100_000

/** A file that was read, and what tells that it is still the same. */
export interface GuardedBytes {
  readonly bytes: Uint8Array
  readonly mtimeMs: number
}

/** A folder below which files are read. */
export interface GuardedFolder {
  readonly path: string
  /**
   * Reads a file.
   * @param path as `pathInside` gives it
   * @throws MimicitError MIMICIT_NOT_FOUND and MIMICIT_BAD_PICTURE, which say something of this file only;
   * MIMICIT_BAD_RECORD if a link leads out of the folder, MIMICIT_IO
   */
  read(path: string, where: string): Promise<GuardedBytes>
  /**
   * The pictures in a folder below it, in the order of their names, numbers in them as numbers; undefined where there is
   * no such folder.
   * @throws MimicitError as `read`
   */
  pictures(path: string, where: string): Promise<readonly string[] | undefined>
}

/**
 * A path that a source names, without detours and with `/`: `./a//b.jpg` is `a/b.jpg`.
 * @throws MimicitError MIMICIT_BAD_RECORD if it is absolute or leads upwards out of its folder, by the rules of any system
 */
export function pathInside(path: string, where: string): string {
  const plain = posix.normalize(path).replace(/\/$/, '')
  if (path === '' || path.includes('\0') || plain === '.') throw leadsOut(path, where, 'a path of a file')
  // Both, for `a/../C:` is a drive only once its detour is gone.
  if (
    [path, plain].some((way) => isAnchored(way) || isUpward(posix.normalize(way)) || isUpward(win32.normalize(way)))
  ) {
    throw leadsOut(path, where)
  }
  return plain
}

const isAnchored = (path: string) => posix.isAbsolute(path) || win32.isAbsolute(path) || /^[A-Za-z]:/.test(path)

const isUpward = (path: string) => path === '..' || /^\.\.[\\/]/.test(path)

function leadsOut(path: string, where: string, expected = 'a relative path inside the folder of the source') {
  return new MimicitError('MIMICIT_BAD_RECORD', {
    expected,
    where,
    received: show(path, 200),
    hint: 'Files outside of the folder are never read; name the folder that holds them all with --root.',
  })
}

/** Opens a folder. @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_IO if it is none */
export async function openGuardedFolder(path: string): Promise<GuardedFolder> {
  let root: string
  try {
    root = await realpath(path)
    if (!(await stat(root)).isDirectory()) throw Object.assign(new Error('is no directory'), { code: 'ENOTDIR' })
  } catch (error) {
    throw asIoError(error, path)
  }
  /** Where a path really leads; undefined if nowhere. */
  const follow = async (inside: string, where: string): Promise<string | undefined> => {
    let real: string
    try {
      real = await realpath(join(root, inside))
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENAMETOOLONG') return undefined
      throw asIoError(error, join(root, inside))
    }
    const way = relative(root, real)
    if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) throw leadsOut(`${inside} -> ${real}`, where)
    return real
  }
  return {
    path,
    async read(inside, where) {
      const real = await follow(inside, where)
      if (real === undefined) {
        throw new MimicitError('MIMICIT_NOT_FOUND', {
          expected: 'an existing file',
          where,
          received: `no file ${join(path, inside)}`,
          hint: 'Name the folder of the pictures with --root, or leave such things out with --broken skip.',
        })
      }
      try {
        return await readWhole(real, where)
      } catch (error) {
        throw asIoError(error, real)
      }
    },
    async pictures(inside, where) {
      const real = await follow(inside, where)
      if (real === undefined || !(await stat(real)).isDirectory()) return undefined
      const names = (await readdir(real)).filter(isPictureName)
      if (names.length > MAX_FRAMES) {
        throw new MimicitError('MIMICIT_BAD_RECORD', {
          expected: `a folder of at most ${MAX_FRAMES} frames`,
          where,
          received: `${names.length} in ${join(path, inside)}`,
          hint: 'Keep fewer frames of it.',
        })
      }
      return names.sort(byName).map((name) => `${inside}/${name}`)
    },
  }
}

async function readWhole(real: string, where: string): Promise<GuardedBytes> {
  const bad = (expected: string, received: string) =>
    new MimicitError('MIMICIT_BAD_PICTURE', {
      expected,
      where,
      received,
      hint: 'Replace the file, or leave it out with --broken skip.',
    })
  // Asked before it is opened: a pipe would wait for a writer for ever.
  if (!(await stat(real)).isFile()) throw bad('a file', `${real}, which is none`)
  const handle = await open(real, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  try {
    const { size, mtimeMs } = await handle.stat()
    if (size > MAX_PICTURE_BYTES) throw bad(`a picture of at most ${MAX_PICTURE_BYTES} bytes`, `${size} bytes`)
    const bytes = Buffer.allocUnsafeSlow(size)
    let done = 0
    while (done < size) {
      const { bytesRead } = await handle.read(bytes, done, size - done, done)
      if (bytesRead === 0) break
      done += bytesRead
    }
    return { bytes: bytes.subarray(0, done), mtimeMs }
  } finally {
    await handle.close()
  }
}

/** The order of names in which `frame_2` comes before `frame_10`, the same on every machine. */
export function byName(a: string, b: string): number {
  const [left, right] = [a, b].map((name) => name.split(/(\d+)/)) as [string[], string[]]
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x, y] = [left[i]!, right[i]!]
    const [m, n] = [x.replace(/^0+(?=\d)/, ''), y.replace(/^0+(?=\d)/, '')]
    if (i % 2 === 1 && m.length !== n.length) return m.length - n.length
    if (i % 2 === 1 ? m !== n : x !== y) return m < n ? -1 : 1
  }
  if (left.length !== right.length) return left.length - right.length
  return a < b ? -1 : a > b ? 1 : 0
}
