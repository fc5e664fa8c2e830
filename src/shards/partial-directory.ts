// The directory in which a data set grows before it has its name. It carries a mark with the process that works in it, so
// that nothing is removed that is not ours, and two writers never work in one place.
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { MimicitError } from '../base/errors.js'
import { isRunning } from '../base/is-running.js'
import { asIoError } from '../io/directory.js'

/** The file that says whose directory it is. */
export const PARTIAL_MARK = '.mimicit-partial'

/** Where a data set of this name grows. */
export const partialOf = (out: string) => `${out}.partial`

/**
 * Makes the partial directory of an output that does not exist yet. What a process that is gone has left there is
 * removed, or kept for who can go on with it.
 * @returns its path
 * @throws MimicitError MIMICIT_NOT_EMPTY if the output exists, if the partial directory is not ours, or if somebody works
 * in it
 */
export async function claimPartial(
  out: string,
  { keepAbandoned = false }: { readonly keepAbandoned?: boolean } = {},
): Promise<string> {
  const held = await entriesOf(out)
  if (held !== undefined && held.length > 0) {
    throw taken(`the output ${out}`, 'a directory that does not exist yet', `one that holds ${held.length} files`)
  }
  const root = partialOf(out)
  try {
    await mkdir(dirname(root), { recursive: true })
    if (!(await makeDirectory(root))) {
      await checkAbandoned(root)
      if (keepAbandoned) await rm(join(root, PARTIAL_MARK), { force: true })
      else {
        await rm(root, { recursive: true, force: true })
        if (!(await makeDirectory(root))) throw busy(root)
      }
    }
    // Only one process can make the mark, whoever else came this far.
    await writeFile(join(root, PARTIAL_MARK), `${process.pid}\n`, { flag: 'wx' })
  } catch (error) {
    throw asIoError(error, root)
  }
  return root
}

/** Gives the finished directory its name, without the mark; the rename is on the disk before this returns. */
export async function publishPartial(root: string, out: string): Promise<void> {
  await rm(join(root, PARTIAL_MARK))
  try {
    await rename(root, out)
    const parent = await open(dirname(out) || '.', 'r')
    await parent.sync()
    await parent.close()
  } catch (error) {
    throw asIoError(error, out)
  }
}

/** Nobody works in it from now on; what it holds stays for who goes on with it. */
export async function releasePartial(root: string): Promise<void> {
  await writeFile(join(root, PARTIAL_MARK), '')
}

async function makeDirectory(path: string): Promise<boolean> {
  try {
    await mkdir(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function checkAbandoned(root: string): Promise<void> {
  const mark = await readFile(join(root, PARTIAL_MARK), 'utf8').catch(() => undefined)
  const held = await entriesOf(root)
  if (mark === undefined && held?.length === 0) return
  if (mark === undefined)
    throw taken(root, 'a directory that mimicit made', `one with ${held?.length ?? 0} other files`)
  if (mark === '') return
  const pid = Number(mark)
  if (pid !== process.pid && !isRunning(pid)) return
  throw taken(root, 'a directory that nobody works in', `one in which process ${pid} is writing`)
}

async function entriesOf(path: string): Promise<string[] | undefined> {
  try {
    return await readdir(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw asIoError(error, path)
  }
}

const busy = (root: string) => taken(root, 'a directory of our own', 'one that another process just made')

const taken = (where: string, expected: string, received: string) =>
  new MimicitError('MIMICIT_NOT_EMPTY', {
    expected,
    where,
    received,
    hint: 'Choose another directory, or remove that one.',
  })
