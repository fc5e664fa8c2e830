// A directory that is being made: it grows as `<out>.partial` and gets its name when it is whole, so a directory named
// `out` is a data set or does not exist.
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { MimicitError } from '../base/errors.js'
import { asIoError } from '../io/directory.js'

/**
 * Makes the directory to write into; what an earlier, interrupted writer left there goes.
 * @returns its path
 * @throws MimicitError MIMICIT_NOT_EMPTY if `out` exists already
 */
export async function beginDirectory(out: string): Promise<string> {
  const held = await readdir(out).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw asIoError(error, out)
  })
  if (held !== undefined && held.length > 0) {
    throw new MimicitError('MIMICIT_NOT_EMPTY', {
      expected: 'a directory that does not exist yet',
      where: `the output ${out}`,
      received: `one that holds ${held.length} files`,
      hint: 'Choose another directory, or remove that one.',
    })
  }
  const root = `${out}.partial`
  try {
    await rm(root, { recursive: true, force: true })
    await mkdir(`${root}/index`, { recursive: true })
  } catch (error) {
    throw asIoError(error, root)
  }
  return root
}

/** Gives the finished directory its name; the rename is on the disk before this returns. */
export async function publishDirectory(root: string, out: string): Promise<void> {
  try {
    await rename(root, out)
    const parent = await open(dirname(out) || '.', 'r')
    await parent.sync()
    await parent.close()
  } catch (error) {
    throw asIoError(error, out)
  }
}
