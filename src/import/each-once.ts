// The same file named twice (by itself and in its folder, or by a link) is one file: read twice its faults would count twice.
import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'

/** Paths without those that lead to a file which was named before. */
export async function eachOnce(paths: readonly string[]): Promise<string[]> {
  const known = new Set<string>()
  const once: string[] = []
  for (const path of paths) {
    // Of what is not there whoever opens it speaks.
    const real = await realpath(path).catch(() => resolve(path))
    if (!known.has(real)) once.push(path)
    known.add(real)
  }
  return once
}
