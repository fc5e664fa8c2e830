// A process that is killed in the middle of its work, however busy the machine is: whoever watches may sleep meanwhile.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'

/** What is killed. */
export interface MidwayRun {
  start(): ChildProcess
  /** How much is done, as its files tell. */
  done(): number
  /** It is killed once so much is done. */
  readonly from: number
  /** All there is to do. */
  readonly all: number
  /** Takes away what an attempt has left that came to its end. */
  clear(): void
}

/**
 * Starts it and kills it; once more where it was done before it could be killed.
 * @returns how much was done
 * @throws Error if it ends by itself without having done its work, or is always faster
 */
export async function killedMidway({ start, done, from, all, clear }: MidwayRun): Promise<number> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const child = start()
    const closed = once(child, 'close')
    while (done() < from && child.exitCode === null) await setTimeout(2)
    child.kill('SIGKILL')
    await closed
    const known = done()
    if (known < from) throw new Error(`it ended with ${child.exitCode} when ${known} of ${all} were done`)
    if (known < all) return known
    clear()
  }
  throw new Error('it was always done before it could be killed')
}
