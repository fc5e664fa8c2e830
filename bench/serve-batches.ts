// `npm run bench -- serve-batches [slices] [pictures]`: what it costs that another process has the batches. The same stream is
// consumed in Node, where it is made (in a thread of its own, as beside a training loop, and in the thread that consumes it), and
// by a reader in another process, in Node and (where Python has it) with pyarrow. No one touches a number of a batch: a batch
// counts when all of it is in the reader's memory. All take turns by slices of half a second, each stopped while the others run;
// ratios are medians of those of each turn. CPU is that of all processes of a contender. The bound is what would be left of the
// rate in Node if the bytes were brought over by the kernel at no other cost, where no core has time to spare.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LoaderOptions } from '../src/loader/options.js'
import { type Bench, median } from './harness.js'
import { buildPackage } from './loader/contender.js'
import { BATCH, loaderOptions, writeWork } from './loader/work.js'
import { inSlices, type Slice } from './serve-batches/slices.js'

/** Between the first batch and the first slice that counts, milliseconds of each contender. */
const WARM = 3000

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const quoted = (words: readonly string[]) => words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
const python = process.env.MIMICIT_PYTHON ?? 'python3'

/** Measures `mimicit serve-batches`. */
export const serveBatchesBench: Bench = async (report, [slices = '40', pictures = '150']) => {
  buildPackage()
  const root = mkdtempSync(join(tmpdir(), 'mimicit-bench-'))
  const hasPyarrow = spawnSync(python, ['-c', 'import pyarrow, numpy']).status === 0
  try {
    await writeWork(root, { pictures: Number(pictures) })
    const kinds: Readonly<Record<string, LoaderOptions>> = {
      'uint8 pixels': { pixels: 'uint8' },
      'float32 pixels': {},
      'no pixels': { mediaLayout: 'text-only' },
    }
    for (const [kind, more] of Object.entries(kinds)) {
      const options = { ...loaderOptions(), reuseBytes: 0, epochs: WITHOUT_END, ...more }
      const commands = contendersOf(join(root, 'set'), options, root, hasPyarrow)
      const runs = await inSlices(commands, { slices: Number(slices), sliceMs: 500, warmMs: WARM, dir: root })
      const [[, own]] = Object.entries(runs) as [[string, readonly Slice[]]]
      for (const [name, all] of Object.entries(runs)) {
        const rates = all.map(({ samples, seconds }) => samples / seconds)
        const ratios = all.map(({ samples, seconds }, i) => samples / seconds / (own[i]!.samples / own[i]!.seconds))
        const against = (ratio: number) => (all === own ? {} : { rival: 'in Node', ratio })
        report({ metric: `${kind}, ${name}`, value: median(rates), unit: 'samples/s', ...against(median(ratios)) })
        report({
          ...{ metric: '… CPU of all', value: 1e3 * cpuOfBatch(all), unit: 'ms/batch' },
          ...against(cpuOfBatch(all) / cpuOfBatch(own)),
        })
      }
      if (hasPyarrow) {
        const bytes = sum(own, 'bytes') / sum(own, 'batches')
        for (const [channel, { cpu: perGb, wall }] of Object.entries(bareTransfer(Math.round(bytes)))) {
          const left = cpuOfBatch(own) / (cpuOfBatch(own) + (perGb * bytes) / 1e9)
          report({ metric: `${kind}, bound of a ${channel}`, value: left, unit: 'of the rate in Node, cores busy' })
          report({ metric: '… bare, nothing else done', value: 1 / wall, unit: 'GB/s' })
        }
      }
    }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** Epochs that nobody sees the last of. */
const WITHOUT_END = 1e6

const sum = (slices: readonly Slice[], of: keyof Slice) => slices.reduce((all, slice) => all + slice[of], 0)
const cpuOfBatch = (slices: readonly Slice[]) => sum(slices, 'cpuSeconds') / sum(slices, 'batches')

/** CPU and wall seconds a GB that goes from one process to another. */
function bareTransfer(bytes: number): Readonly<Record<string, { readonly cpu: number; readonly wall: number }>> {
  return JSON.parse(execFileSync(python, [here('python/bare_transfer.py'), String(bytes)], { encoding: 'utf8' }))
}

/**
 * Commands of a shell; the first is what the others are compared with.
 * @param root for their sockets
 */
function contendersOf(
  dir: string,
  options: LoaderOptions,
  root: string,
  hasPyarrow: boolean,
): Readonly<Record<string, string>> {
  const inNode = (own: LoaderOptions) =>
    quoted([process.execPath, here('serve-batches/in-node.js'), dir, JSON.stringify(own)])
  // Whether batches are made in a thread of their own is up to the command.
  const { worker: _, ...served } = options
  const told = JSON.stringify(served)
  const serve = quoted([process.execPath, here('../dist/cli/main.js'), 'serve-batches', dir, '-q', '--options', told])
  const inAnother = quoted([process.execPath, here('serve-batches/in-another.js'), String(BATCH)])
  const inPython = quoted([python, here('python/batches.py')])
  const bySocket = (name: string, more = '', how = '') => {
    const socket = join(root, name)
    return `${serve} --listen ${quoted([`unix:${socket}`])} ${more} & ${inPython} ${quoted([socket])} ${how}; wait`
  }
  return {
    'consumed in Node': inNode(options),
    'consumed in Node, no thread beside it': inNode({ ...options, worker: false }),
    'a pipe to Node': `${serve} | ${inAnother}`,
    ...(hasPyarrow && {
      'a pipe to pyarrow': `${serve} | ${inPython}`,
      'a Unix socket to pyarrow': bySocket('socket'),
      'shared memory to pyarrow': bySocket('shared', '--shared-memory', '--shared'),
    }),
  }
}
