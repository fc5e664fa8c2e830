// One run of a contender, in a process of its own: ours and what Node can do alone as modules of this folder, Python where
// there is one with torch and Pillow.
import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { inProcess } from '../in-process.js'

/** What a contender says of its run. */
export interface Measured {
  /** Samples after the first batch. */
  readonly samples: number
  /** Pictures in them, repeated ones counted each time. */
  readonly uses: number
  /** From the first batch to the last. */
  readonly seconds: number
  /** From the start of the process to the first batch. */
  readonly firstMs: number
  /** The most memory that the process had. */
  readonly peakMb: number
  /** Of all threads and workers, start included. */
  readonly cpuSeconds: number
  /** Pictures that were decoded, start included. */
  readonly decoded?: number
  /** Of putting texts into rows of ids. */
  readonly tokeniseSeconds?: number
}

/** What a contender is told. */
export type Job = Readonly<Record<string, unknown>>

/** Builds the package: contenders run it as users do. */
export function buildPackage(): void {
  const script = fileURLToPath(new URL('../../scripts/build.js', import.meta.url))
  if (spawnSync(process.execPath, [script], { stdio: 'inherit' }).status !== 0) throw new Error('the build failed')
}

/** Runs a module of this folder. */
export const runNode = (script: string) => (job: Job) =>
  inProcess<Measured>(`loader/${script}`, JSON.stringify(job)) as Promise<Measured>

/** Runs a Python script of bench/python, or undefined where no Python has what it needs. */
export function findPython(): ((job: Job) => Promise<Measured>) | undefined {
  const python = process.env.MIMICIT_PYTHON ?? 'python3'
  if (spawnSync(python, ['-c', 'import torch, PIL, numpy']).status !== 0) return undefined
  const script = fileURLToPath(new URL('../python/loader.py', import.meta.url))
  return async (job) => {
    const told = JSON.stringify({ ...job, startedAt: Date.now() })
    const { stdout } = await promisify(execFile)(python, [script, told], { maxBuffer: 1e8 })
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as Measured
  }
}
