// Taking over what a dead process left. Several may find it dead at once, and the first of them is at work in it before the
// last has decided; so it is renamed first, which only one can do, and looked at once more under its new name.
import { randomBytes } from 'node:crypto'
import { rename } from 'node:fs/promises'

/**
 * Renames a file or directory, if it is still what was found.
 *
 * @param isStill looks at it under its new name
 * @returns the new name; undefined if somebody else was sooner
 */
export async function setAside(
  path: string,
  isStill: (aside: string) => Promise<boolean>,
): Promise<string | undefined> {
  const aside = `${path}-${process.pid}-${randomBytes(6).toString('hex')}`
  try {
    await rename(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  if (await isStill(aside)) return aside
  // It belongs to who took it over meanwhile.
  await rename(aside, path)
  return undefined
}
