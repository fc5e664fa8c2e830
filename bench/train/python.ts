// PyTorch where there is one.
import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Runs a script of bench/python, which says milliseconds; undefined where no Python has torch. */
export function findPython(): ((script: string) => Promise<number>) | undefined {
  const python = process.env.MIMICIT_PYTHON ?? 'python3'
  if (spawnSync(python, ['-c', 'import torch']).status !== 0) return undefined
  return async (script) => {
    const path = fileURLToPath(new URL(`../python/${script}`, import.meta.url))
    const { stdout } = await promisify(execFile)(python, [path])
    return Number(stdout.trim().split('\n').at(-1))
  }
}
