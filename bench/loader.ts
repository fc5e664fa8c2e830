// What loading costs: one shuffled epoch of 4,000 samples over 1,000 photographs, a query with three in-context examples
// each, against sharp alone and a Python DataLoader on the same work. Each contender runs in a process of its own, in
// turn, and medians are taken. `npm run bench -- loader [rounds] [samples] [distinct]`: samples taken of an epoch, pictures
// of the set of many. bench/loader-life.ts has what is not about speed.
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { LoaderOptions } from '../src/loader/options.js'
import { type Bench, median } from './harness.js'
import { buildPackage, findPython, type Job, type Measured, runNode } from './loader/contender.js'
import { BATCH, loaderOptions, SHOTS, writeWork } from './loader/work.js'
import { inWorkFolder } from './loader/work-folder.js'

type Report = Parameters<Bench>[0]
type Contender = readonly [run: (job: Job) => Promise<Measured>, job: Job]

const REUSE = 64e6

/** Measures the loader. */
export const loaderBench: Bench = async (report, [rounds = '3', samples = '4000', many = '20000']) => {
  buildPackage()
  await inWorkFolder((root) => race(root, report, Number(rounds), Number(samples), Number(many)))
}

/** The whole work, everybody in turn. */
async function race(root: string, report: Report, rounds: number, take: number, many: number): Promise<void> {
  const dir = join(root, 'work')
  const small = join(root, 'small')
  await writeWork(dir, { pictures: 1000, plain: true })
  await writeWork(small, { pictures: 1000, maxSide: 336, plain: true })
  const large = join(root, 'large')
  await writeWork(large, { pictures: many })
  const options = loaderOptions()
  const { tokenizer } = options
  const ours = (set: string, more: LoaderOptions): Contender => [
    runNode('ours.js'),
    {
      dir: join(set, 'set'),
      take,
      options: { ...options, ...more },
    },
  ]
  const python = findPython()
  const inPython = (cacheBytes: number): Contender[] =>
    python === undefined ? [] : [[python, { dir, take, tokenizer, cacheBytes, batchSize: BATCH, workers: 2 }]]
  const contenders: Readonly<Record<string, Contender | undefined>> = {
    'sharp alone': [runNode('sharp-alone.js'), { dir, take: take * (1 + SHOTS) }],
    'our decoder alone': [runNode('decoder-alone.js'), { dir, take: take * (1 + SHOTS) }],
    'our decoder, --max-side 336, alone': [runNode('decoder-alone.js'), { dir: small, take: take * (1 + SHOTS) }],
    'normalising alone': [runNode('normalise-alone.js'), { take: take * (1 + SHOTS) }],
    'ours, no reuse': ours(dir, { reuseBytes: 0 }),
    'ours, 64 MB of reuse': ours(dir, { reuseBytes: REUSE }),
    [`ours, 64 MB of reuse, ${many.toLocaleString('en-US')} pictures`]: ours(large, { reuseBytes: REUSE }),
    'ours, reuse without bound': ours(dir, { reuseBytes: 1e12 }),
    'ours, order over the whole epoch, 64 MB of reuse': ours(dir, { shuffle: 'full', reuseBytes: REUSE }),
    'ours, stored with --max-side 336, no reuse': ours(small, { reuseBytes: 0 }),
    'ours, stored with --max-side 336, 64 MB of reuse': ours(small, { reuseBytes: REUSE }),
    'Python DataLoader, no cache': inPython(0)[0],
    'Python DataLoader, cache of 64 MB': inPython(REUSE)[0],
    'Python DataLoader, cache without bound': inPython(1e12)[0],
  }
  const runs = await inTurn(rounds, contenders)
  const sharpAlone = usesPerSecond(runs['sharp alone']!)
  const ownAlone = usesPerSecond(runs['our decoder alone']!)
  const smallAlone = usesPerSecond(runs['our decoder, --max-side 336, alone']!)
  const normalised = usesPerSecond(runs['normalising alone']!)
  const tokens = tokenizer === undefined ? 'bytes as tokens' : 'tokenizer.json of MIMICIT_TOKENIZER'
  const gain =
    usesPerSecond(runs['ours, stored with --max-side 336, no reuse']!) / usesPerSecond(runs['ours, no reuse']!)
  report({
    metric: 'capping pictures at 336, no reuse: image uses against pictures as they are',
    value: gain,
    unit: 'x',
    rival: 'the same of our decoder alone',
    ratio: gain / (smallAlone / ownAlone),
  })
  for (const [name, all] of Object.entries(runs)) {
    const row = (metric: string, value: number, unit: string) => report({ metric: `${name}: ${metric}`, value, unit })
    report({
      metric: `${name}: image uses`,
      value: usesPerSecond(all),
      unit: '/s',
      ...(name === 'sharp alone' ? {} : { rival: 'sharp alone', ratio: usesPerSecond(all) / sharpAlone }),
    })
    const decoded = all[0]!.decoded
    if (decoded !== undefined) {
      row('pictures decoded', decoded, '')
      // What a picture costs, whatever is shared: a picture that several samples of the next batches have is decoded once
      // even where nothing is kept.
      const perUse = decoded / (all[0]!.uses + (isBound(name) ? 1 : BATCH * (1 + SHOTS)))
      const decodes = perUse * usesPerSecond(all)
      report({
        metric: `${name}: pictures decoded`,
        value: decodes,
        unit: '/s',
        ...(isBound(name) ? {} : { bound: isSmall(name) ? smallAlone : ownAlone }),
        ...(name === 'sharp alone' ? {} : { rival: 'sharp alone', ratio: decodes / sharpAlone }),
      })
    }
    if (decoded !== undefined && !isBound(name)) {
      // Whichever of the two ends first: decoding on all cores, each picture as often as it is used again, or filling batches.
      const uses = all[0]!.uses + BATCH * (1 + SHOTS)
      const bound = Math.min(((isSmall(name) ? smallAlone : ownAlone) * uses) / decoded, normalised)
      row('of what decoding or normalising alone allows', (100 * usesPerSecond(all)) / bound, '%')
      // Both have to be done, on the same cores: what a stream whose other work were free would reach.
      const decodes = (isSmall(name) ? smallAlone : ownAlone) * (uses / decoded)
      const together = 1 / (1 / decodes + 1 / (normalised * availableParallelism()))
      report({
        metric: `${name}: uses a second that both together allow on these cores`,
        value: together,
        unit: '/s',
        bound,
      })
      report({ metric: `${name}: uses a second that they allow`, value: bound, unit: '/s', bound: normalised })
    }
    const { tokeniseSeconds, cpuSeconds } = all[0]!
    if (tokeniseSeconds !== undefined) row('text to ids, of all CPU', (100 * tokeniseSeconds) / cpuSeconds, '%')
    row('CPU', of(all, 'cpuSeconds'), 's')
    // The clock belongs to whoever else is at work; the CPU time of a use, start included, hardly does.
    report({
      metric: `${name}: CPU of an image use`,
      value: cpuOfUse(name, all),
      unit: 'ms',
      ...(name === 'sharp alone'
        ? {}
        : {
            rival: 'sharp alone takes so many times more',
            ratio: cpuOfUse('sharp alone', runs['sharp alone']!) / cpuOfUse(name, all),
          }),
    })
    row('peak memory', of(all, 'peakMb'), 'MB')
    if (isBound(name)) continue
    row(`samples (${tokens})`, median(all.map((run) => run.samples / run.seconds)), '/s')
    row('first batch, process start included', of(all, 'firstMs'), 'ms')
  }
}

/** Contenders that make no batches. */
const isBound = (name: string) => name.endsWith(' alone')
const isSmall = (name: string) => name.includes('--max-side')

const cpuOfUse = (name: string, runs: readonly Measured[]) =>
  median(runs.map(({ cpuSeconds, uses }) => (1000 * cpuSeconds) / (uses + (isBound(name) ? 1 : BATCH * (1 + SHOTS)))))
const of = (runs: readonly Measured[], key: 'cpuSeconds' | 'peakMb' | 'firstMs') => median(runs.map((run) => run[key]))
const usesPerSecond = (runs: readonly Measured[]) => median(runs.map((run) => run.uses / run.seconds))

/** Several rounds in which everybody runs once. */
async function inTurn(rounds: number, contenders: Readonly<Record<string, Contender | undefined>>) {
  const runs: Record<string, Measured[]> = {}
  for (let round = 0; round < rounds; round++) {
    for (const [name, contender] of Object.entries(contenders)) {
      if (contender === undefined) continue
      const [run, job] = contender
      runs[name] = [...(runs[name] ?? []), await run(job)]
    }
  }
  return runs
}
