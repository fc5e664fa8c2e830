// `npm run bench -- serve-batches [rounds] [pictures]`: what it costs that another process has the batches. The same epochs are
// consumed in Node, where they are made (in a thread of their own, as beside a training loop, and in the thread that consumes
// them), and by a reader in another process, in Node and (where Python has it) with pyarrow. No one touches a number of a batch: a
// batch counts when all of it is in the reader's memory, and its rate when what was made while the reader started is past. All take
// turns, each time with processes of its own; CPU seconds are those of all of them together, their start included. The bound is
// what would be left of the rate in Node if the bytes were brought over by the kernel at no other cost, where no core has time to
// spare.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LoaderOptions } from '../src/loader/options.js'
import { type Bench, median } from './harness.js'
import { buildPackage } from './loader/contender.js'
import { BATCH, loaderOptions, writeWork } from './loader/work.js'

interface Run {
  readonly batches: number
  readonly samples: number
  readonly bytes: number
  readonly seconds: number
  readonly cpuSeconds: number
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const quoted = (words: readonly string[]) => words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
const python = process.env.MIMICIT_PYTHON ?? 'python3'

/** Measures `mimicit serve-batches`. */
export const serveBatchesBench: Bench = async (report, [rounds = '3', pictures = '150']) => {
  buildPackage()
  const root = mkdtempSync(join(tmpdir(), 'mimicit-bench-'))
  const hasPyarrow = spawnSync(python, ['-c', 'import pyarrow, numpy']).status === 0
  try {
    await writeWork(root, { pictures: Number(pictures) })
    const kinds: Readonly<Record<string, LoaderOptions>> = {
      'uint8 pixels': { pixels: 'uint8', epochs: 6 },
      'float32 pixels': { epochs: 4 },
      'no pixels': { mediaLayout: 'text-only', epochs: 20 },
    }
    for (const [kind, more] of Object.entries(kinds)) {
      const options = { ...loaderOptions(), reuseBytes: 0, ...more }
      const runs = inTurn(Number(rounds), contendersOf(join(root, 'set'), options, join(root, 'sock'), hasPyarrow))
      const [[, own]] = Object.entries(runs) as [[string, readonly Run[]]]
      const rate = (all: readonly Run[]) => median(all.map(({ samples, seconds }) => samples / seconds))
      const cpu = (all: readonly Run[]) => median(all.map(({ cpuSeconds }) => cpuSeconds))
      for (const [name, all] of Object.entries(runs)) {
        const against = (ratio: number) => (all === own ? {} : { rival: 'in Node', ratio })
        report({ metric: `${kind}, ${name}`, value: rate(all), unit: 'samples/s', ...against(rate(all) / rate(own)) })
        report({ metric: '… CPU of all', value: cpu(all), unit: 's', ...against(cpu(all) / cpu(own)) })
      }
      if (hasPyarrow) {
        const { bytes, batches } = own[0]!
        const bare = bareTransfer(Math.round(bytes / batches))
        for (const [channel, { cpu: perGb, wall }] of Object.entries(bare)) {
          const left = cpu(own) / (cpu(own) + (perGb * bytes) / 1e9)
          report({ metric: `${kind}, bound of a ${channel}`, value: left, unit: 'of the rate in Node, cores busy' })
          report({ metric: '… bare, nothing else done', value: 1 / wall, unit: 'GB/s' })
        }
      }
    }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** CPU and wall seconds a GB that goes from one process to another. */
function bareTransfer(bytes: number): Readonly<Record<string, { readonly cpu: number; readonly wall: number }>> {
  return JSON.parse(execFileSync(python, [here('python/bare_transfer.py'), String(bytes)], { encoding: 'utf8' }))
}

/** Commands of a shell; the first is what the others are compared with. */
function contendersOf(dir: string, options: LoaderOptions, socket: string, hasPyarrow: boolean) {
  const inNode = (own: LoaderOptions) =>
    quoted([process.execPath, here('serve-batches/in-node.js'), dir, JSON.stringify(own)])
  // Whether batches are made in a thread of their own is up to the command.
  const { worker: _, ...served } = options
  const told = JSON.stringify(served)
  const serve = quoted([process.execPath, here('../dist/cli/main.js'), 'serve-batches', dir, '-q', '--options', told])
  const inAnother = quoted([process.execPath, here('serve-batches/in-another.js'), String(BATCH)])
  const listen = `--listen unix:${quoted([socket])}`
  const inPython = quoted([python, here('python/batches.py')])
  return {
    'consumed in Node': inNode(options),
    'consumed in Node, no thread beside it': inNode({ ...options, worker: false }),
    'a pipe to Node': `${serve} | ${inAnother}`,
    ...(hasPyarrow && {
      'a pipe to pyarrow': `${serve} | ${inPython}`,
      'a Unix socket to pyarrow': `${serve} ${listen} & ${inPython} ${quoted([socket])}; wait`,
      'shared memory to pyarrow': `${serve} ${listen} --shared-memory & ${inPython} ${quoted([socket])} --shared; wait`,
    }),
  }
}

/** Several rounds in which everybody runs once, after one that does not count. */
function inTurn(
  rounds: number,
  contenders: Readonly<Record<string, string>>,
): Readonly<Record<string, readonly Run[]>> {
  const runs: Record<string, Run[]> = {}
  for (let round = 0; round <= rounds; round++) {
    for (const [name, command] of Object.entries(contenders)) {
      const before = childrenCpuSeconds()
      const said = execFileSync('sh', ['-c', command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
      const run = JSON.parse(said) as Omit<Run, 'cpuSeconds'>
      if (round > 0) runs[name] = [...(runs[name] ?? []), { ...run, cpuSeconds: childrenCpuSeconds() - before }]
    }
  }
  const counts = new Set(Object.values(runs).flatMap((all) => all.map(({ batches }) => batches)))
  if (counts.size !== 1) throw new Error(`readers saw ${[...counts].join(', ')} batches`)
  return runs
}

/** CPU of processes that have ended, in ticks of 10 ms (Linux). */
function childrenCpuSeconds(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[13]) + Number(fields[14])) / 100
}
