// Contenders that run without end, of which only one runs at a time: each gets a slice of a second or so, in turn, and is stopped
// (SIGSTOP) while the others have theirs. A machine whose speed drifts within minutes, or that others use, is so fair to all: of
// whole runs one after the other the same contender had 0.82 of another in one hour and 0.94 in the next.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'

/** Milliseconds between two looks for a first batch. */
const POLL = 50

/** What a contender did in a slice. */
export interface Slice {
  readonly batches: number
  readonly samples: number
  readonly bytes: number
  readonly seconds: number
  /** Of all its processes. */
  readonly cpuSeconds: number
}

/** How long everybody runs. */
export interface SliceOptions {
  readonly slices: number
  readonly sliceMs: number
  /** From the first batch of each to its first slice: V8 learns what is hot, and what was made ahead is read. */
  readonly warmMs: number
  /** A folder for what contenders say. */
  readonly dir: string
}

interface Contender {
  readonly name: string
  readonly process: ChildProcess
  readonly said: string
  readonly windows: { readonly from: bigint; readonly to: bigint; readonly cpuSeconds: number }[]
}

/**
 * Runs commands of a shell, each of which writes a line for each batch: nanoseconds of the monotonic clock, samples, bytes.
 * @returns the slices of each; the n-th ones of all stand side by side in time
 */
export async function inSlices(
  commands: Readonly<Record<string, string>>,
  { slices, sliceMs, warmMs, dir }: SliceOptions,
): Promise<Readonly<Record<string, readonly Slice[]>>> {
  const contenders: Contender[] = []
  try {
    for (const [name, command] of Object.entries(commands)) {
      const contender = start(name, command, join(dir, `said-${contenders.length}`))
      contenders.push(contender)
      while (statSync(contender.said).size === 0) {
        await after(POLL)
        if (contender.process.exitCode !== null) throw new Error(`${name} ended before its first batch`)
      }
      await after(warmMs)
      signal(contender, 'SIGSTOP')
    }
    for (let slice = 0; slice < slices; slice++) {
      for (const contender of contenders) {
        const before = cpuSeconds(contender)
        const from = process.hrtime.bigint()
        signal(contender, 'SIGCONT')
        await after(sliceMs)
        signal(contender, 'SIGSTOP')
        const to = process.hrtime.bigint()
        contender.windows.push({ from, to, cpuSeconds: cpuSeconds(contender) - before })
      }
    }
    return Object.fromEntries(contenders.map((contender) => [contender.name, slicesOf(contender)]))
  } finally {
    for (const contender of contenders) await end(contender)
  }
}

function start(name: string, command: string, said: string): Contender {
  // A file and no pipe: nobody is to wake up for what is said.
  const file = openSync(said, 'w')
  const process = spawn('sh', ['-c', command], { detached: true, stdio: ['ignore', file, 'inherit'] })
  closeSync(file)
  return { name, process, said, windows: [] }
}

/** Tells all processes of a contender, which are a group. */
function signal({ name, process: { pid, exitCode } }: Contender, what: NodeJS.Signals): void {
  if (pid === undefined || exitCode !== null) throw new Error(`${name} ended by itself (${exitCode})`)
  process.kill(-pid, what)
}

async function end({ process: child }: Contender): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return
  const gone = once(child, 'exit')
  process.kill(-child.pid, 'SIGKILL')
  await gone
}

function slicesOf({ name, said, windows }: Contender): readonly Slice[] {
  const batches = readFileSync(said, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' ') as [string, string, string])
    .map(([at, samples, bytes]) => ({ at: BigInt(at), samples: Number(samples), bytes: Number(bytes) }))
  if (batches.length === 0) throw new Error(`${name} saw no batch`)
  return windows.map(({ from, to, cpuSeconds }) => {
    const own = batches.filter(({ at }) => at >= from && at < to)
    const sum = (of: 'samples' | 'bytes') => own.reduce((all, batch) => all + batch[of], 0)
    const seconds = Number(to - from) / 1e9
    return { batches: own.length, samples: sum('samples'), bytes: sum('bytes'), seconds, cpuSeconds }
  })
}

/** CPU of the processes of a group that are there, in ticks of 10 ms (Linux). */
function cpuSeconds({ process: { pid } }: Contender): number {
  const ticks = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      const fields = statOf(name)
      return Number(fields[2]) === pid ? Number(fields[11]) + Number(fields[12]) : 0
    })
  return ticks.reduce((sum, own) => sum + own, 0) / 100
}

/** What /proc says of a process behind its name; nothing of one that has ended. */
function statOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
  } catch {
    return []
  }
}
