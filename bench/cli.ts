// `npm run bench -- cli [rounds]`: how soon the command line and the package are there, against Node with nothing to do.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Bench, median } from './harness.js'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const main = join(ROOT, 'dist/cli/main.js')
const load = (path: string) => ['--input-type=module', '--eval', `await import('${join(ROOT, 'dist', path)}')`]

/** What is started, and the milliseconds that were asked for. */
const STARTS = [
  { what: 'node, nothing to do', args: ['--eval', '0'] },
  { what: 'mimicit --help', args: [main, '--help'], bound: 150 },
  { what: 'mimicit --version', args: [main, '--version'], bound: 150 },
  { what: 'mimicit import --help', args: [main, 'import', '--help'] },
  { what: "import 'mimicit'", args: load('index.js') },
  { what: "import 'mimicit/loader'", args: load('loader/index.js') },
  { what: "import 'mimicit/context'", args: load('context/index.js') },
] as const

export const cliBench: Bench = async (report, [rounds = '15']) => {
  const times = STARTS.map((): number[] => [])
  for (let round = 0; round <= Number(rounds); round++) {
    for (const [i, { args }] of STARTS.entries()) {
      const began = performance.now()
      const { status, stderr } = spawnSync(process.execPath, args, {
        stdio: ['ignore', 'ignore', 'pipe'],
        encoding: 'utf8',
      })
      if (status !== 0) throw new Error(stderr)
      // The first round fills the caches of the disk.
      if (round > 0) times[i]!.push(performance.now() - began)
    }
  }
  for (const [i, start] of STARTS.entries()) {
    report({
      metric: start.what,
      value: median(times[i]!),
      unit: 'ms',
      ...('bound' in start && { bound: start.bound }),
    })
  }
}
