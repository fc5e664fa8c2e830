// Whether a process of this machine lives: what a dead one left behind may be cleared away.

/** Signal 0 reaches nobody, but tells whether it could; a process of somebody else counts. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
