// A file that says who works on something, so that two processes never do at once. It appears whole or not at all, and what
// a dead process of this machine left is taken over.
import { randomBytes } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { isRunning } from '../base/is-running.js'
import { asIoError } from './directory.js'
import { setAside } from './set-aside.js'

/** Who holds a lock. */
export interface LockOwner {
  readonly pid: number
  readonly host: string
}

/** Locks of this process, by their full paths: its own number in a file that is not here was left by another one with the same number. */
const held = new Set<string>()

/**
 * Makes the file.
 * @param busy the error when somebody else has it
 * @returns removes it
 * @throws what `busy` gives, MimicitError MIMICIT_IO
 */
export async function lockFile(path: string, busy: (owner: LockOwner) => Error): Promise<() => Promise<void>> {
  const mine = `${path}-${process.pid}-${randomBytes(6).toString('hex')}`
  try {
    await writeFile(mine, JSON.stringify({ pid: process.pid, host: hostname() } satisfies LockOwner), { flag: 'wx' })
    try {
      while (!(await given(mine, path))) {
        const owner = await ownerOf(path)
        if (owner === undefined) continue
        if (isAlive(owner, path)) throw busy(owner)
        const aside = await setAside(path, async (name) => sameOwner(await ownerOf(name), owner))
        if (aside !== undefined) await rm(aside)
      }
    } finally {
      await rm(mine, { force: true })
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== undefined && (error as Error).name !== 'MimicitError') {
      throw asIoError(error, path)
    }
    throw error
  }
  held.add(resolve(path))
  return async () => {
    held.delete(resolve(path))
    await rm(path, { force: true })
  }
}

/** A link gives a whole file its name, to one of several who try. */
async function given(mine: string, path: string): Promise<boolean> {
  try {
    await link(mine, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function ownerOf(path: string): Promise<LockOwner | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : (JSON.parse(text) as LockOwner)
}

const isAlive = ({ pid, host }: LockOwner, path: string) =>
  host !== hostname() || (pid === process.pid ? held.has(resolve(path)) : isRunning(pid))

const sameOwner = (a: LockOwner | undefined, b: LockOwner) => a?.pid === b.pid && a.host === b.host
