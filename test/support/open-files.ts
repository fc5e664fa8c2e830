// Which files below a directory this process holds open (Linux only; elsewhere nothing can be told).
import { readdirSync, readlinkSync } from 'node:fs'

/** Paths below `root` that this process has open, or undefined where the system does not tell. */
export function openFilesBelow(root: string): string[] | undefined {
  if (process.platform !== 'linux') return undefined
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`)
      return path.startsWith(root) ? [path] : []
    } catch {
      return []
    }
  })
}
