// The directory in which a data set grows before it has its name. It carries a mark with the process that works in it, so
// that nothing is removed that is not ours, and two writers never work in one place.
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { MimicitError } from '../base/errors.js'
import { isRunning } from '../base/is-running.js'
import { asIoError } from '../io/directory.js'
import { setAside } from '../io/set-aside.js'

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
  await refuseTaken(out)
  const root = partialOf(out)
  try {
    await mkdir(dirname(root), { recursive: true })
    if (!(await makeDirectory(root))) {
      const mark = await abandonedMark(root)
      if (mark !== undefined && !(await removeMark(root, mark))) throw busy(root)
    }
    // Only one process can make the mark, whoever else came this far.
    await writeFile(join(root, PARTIAL_MARK), `${process.pid}\n`, { flag: 'wx' })
    if (!keepAbandoned) await clear(root)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw busy(root)
    throw asIoError(error, root)
  }
  return root
}

/** @throws MimicitError MIMICIT_NOT_EMPTY if the output exists and holds anything */
export async function refuseTaken(out: string): Promise<void> {
  const held = await entriesOf(out)
  if (held === undefined || held.length === 0) return
  throw taken(`the output ${out}`, 'a directory that does not exist yet', `one that holds ${held.length} files`)
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

/**
 * The mark of a directory that nobody works in; undefined if it is empty and has none.
 * @throws MimicitError MIMICIT_NOT_EMPTY if somebody does, or if it is not ours
 */
async function abandonedMark(root: string): Promise<string | undefined> {
  const mark = await readMark(join(root, PARTIAL_MARK))
  const held = await entriesOf(root)
  if (mark === undefined && (held?.length ?? 0) === 0) return undefined
  if (mark === undefined)
    throw taken(root, 'a directory that mimicit made', `one with ${held?.length ?? 0} other files`)
  const pid = Number(mark)
  if (mark === '' || (pid !== process.pid && !isRunning(pid))) return mark
  throw taken(root, 'a directory that nobody works in', `one in which process ${pid} is writing`)
}

const readMark = (path: string) => readFile(path, 'utf8').catch(() => undefined)

/** Takes away the mark of a dead process, unless somebody else does. */
async function removeMark(root: string, mark: string): Promise<boolean> {
  const aside = await setAside(join(root, PARTIAL_MARK), async (path) => (await readMark(path)) === mark)
  if (aside !== undefined) await rm(aside)
  return aside !== undefined
}

/** Removes everything but the mark. */
async function clear(root: string): Promise<void> {
  for (const name of (await entriesOf(root)) ?? []) {
    if (name !== PARTIAL_MARK) await rm(join(root, name), { recursive: true, force: true })
  }
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
