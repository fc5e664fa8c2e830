// Runs many readings of lying data sets in a process of its own, which has to come to its end, in time and in memory.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const child = fileURLToPath(new URL('hostile-child.ts', import.meta.url))

/** What came of it. */
export interface LyingReport {
  readonly refused: number
  readonly found: Readonly<Record<string, number>>
  readonly peakBytes: number
}

/** @throws Error with the last case if the process fails or does not end within `timeoutMs` */
export function readLyingSets(dirs: string[], from: number, count: number, timeoutMs: number): Promise<LyingReport> {
  const run = spawn(
    process.execPath,
    ['--max-old-space-size=512', '--import', 'tsx', child, JSON.stringify({ dirs, from, count })],
    { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs, killSignal: 'SIGKILL' },
  )
  let out = ''
  let fault = ''
  run.stdout.on('data', (text) => {
    out += text
  })
  run.stderr.on('data', (text) => {
    fault += text
  })
  return new Promise((resolve, reject) => {
    run.on('close', (code, signal) => {
      const last = out.trimEnd().split('\n').at(-1)!
      if (code === 0) resolve(JSON.parse(last) as LyingReport)
      else reject(new Error(`${last}: ${signal ?? code}\n${fault.slice(0, 3000)}`))
    })
  })
}
