// From nothing to the first batch by the size of the data set, going on in the middle, stopping, and memory over epochs.
import { join } from 'node:path'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import type { LoaderOptions } from '../../src/loader/options.js'
import { type Bench, median } from '../harness.js'
import { inProcess } from '../in-process.js'
import { writeWork } from './work.js'
import { discard } from './work-folder.js'

type Report = Parameters<Bench>[0]
interface First {
  readonly openMs: number
  readonly firstMs: number
  readonly peakMb: number
}

const first = (dir: string, options: LoaderOptions, take: number) =>
  inProcess<First>('loader/first.js', JSON.stringify({ dir, take, options }))

/** What may be kept, so little that it is full after a few batches whatever the size: more pairs have more pictures to keep. */
const FILLED: LoaderOptions = { reuseBytes: 16e6, turnBytes: 1e6 }

/** First batch and memory of data sets of several sizes, short texts, all on the same thousand pictures. */
export async function sizes(root: string, counts: readonly number[], options: LoaderOptions, report: Report) {
  for (const count of counts) {
    const dir = join(root, `pairs-${count}`)
    await writeWork(dir, { pictures: 1000, pairs: count, characters: 120 })
    const runs: First[] = []
    for (let i = 0; i < 3; i++) runs.push(await first(join(dir, 'set'), { ...options, ...FILLED }, 250))
    const here: number[] = []
    for (let i = 0; i < 3; i++) here.push((await first(join(dir, 'set'), { ...options, worker: false }, 1)).firstMs)
    const of = (key: keyof First) => median(runs.map((run) => run[key]))
    const name = `${count.toLocaleString('en-US')} pairs`
    report({ metric: `${name}: open`, value: of('openMs'), unit: 'ms', bound: 150 })
    report({ metric: `${name}: first batch, opening included`, value: of('firstMs'), unit: 'ms', bound: 500 })
    report({ metric: `${name}: the same without a thread of its own`, value: median(here), unit: 'ms', bound: 500 })
    report({ metric: `${name}: peak memory after 250 batches`, value: of('peakMb'), unit: 'MB' })
    discard(dir)
  }
}

/** First batch of a stream that goes on at 60 % of an epoch, against one that begins. */
export async function resuming(dir: string, options: LoaderOptions, rounds: number, report: Report) {
  const loader = loadMimicIT(dir, { ...options, worker: false })
  const { length, samples, start } = await loader.ready()
  await loader.close()
  const resume = { ...start, step: Math.floor(0.6 * length!), seen: Math.floor(0.6 * samples) }
  const cold: number[] = []
  const warm: number[] = []
  for (let i = 0; i < 2 * rounds + 1; i++) {
    cold.push((await first(dir, options, 1)).firstMs)
    warm.push((await first(dir, { ...options, resume }, 1)).firstMs)
  }
  const [ours, bound] = [median(warm), median(cold)]
  const rival = 'a start from the beginning'
  report({ metric: 'first batch after a resume at 60 %', value: ours, unit: 'ms', rival, ratio: ours / bound })
}

/** From asking a stream to stop until all is closed. */
export async function stopping(dir: string, options: LoaderOptions, report: Report) {
  const { times } = await inProcess<{ times: number[] }>('loader/stop.js', JSON.stringify({ dir, options }))
  report({ metric: 'stopping, everything closed: median', value: median(times), unit: 'ms', bound: 100 })
  report({ metric: 'stopping, everything closed: longest of 10', value: Math.max(...times), unit: 'ms', bound: 100 })
}

const EPOCHS = 10

/** Peak memory of ten epochs against that of the first. */
export async function epochs(dir: string, options: LoaderOptions, report: Report) {
  const told = JSON.stringify({ dir, options: { ...options, epochs: EPOCHS } })
  const { peaksMb } = await inProcess<{ peaksMb: number[] }>('loader/epochs.js', told)
  const [one, all] = [peaksMb[0]!, peaksMb[EPOCHS - 1]!]
  report({ metric: 'peak memory of ten epochs', value: all, unit: 'MB', rival: 'that of the first', ratio: all / one })
}
