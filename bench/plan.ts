// How fast samples are planned: which sample stands where, its contexts, media and tokens, the reads of its step, and how rows
// are filled. The columns are at hand, as they are once a window was read; the last rows go through a data set on the disk.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomStream } from '../src/base/random.js'
import { tokenizeDataset } from '../src/layout/tokenize/tokenize-dataset.js'
import { type DrawPlan, type Draws, drawsOf } from '../src/loader/plan/draws.js'
import { type FillingName, fillings } from '../src/loader/plan/fillings.js'
import { planByLength } from '../src/loader/plan/length-steps.js'
import { contentAt, type PlanRules, plan } from '../src/loader/plan/plan.js'
import { buildIndex, type IndexEntry } from '../src/loader/plan/plan-index.js'
import { shuffleNamed } from '../src/loader/plan/shuffles.js'
import { planSteps } from '../src/loader/plan/steps.js'
import { simulateEpoch } from '../src/loader/simulate-epoch.js'
import { type Bench, interleaved, median } from './harness.js'
import { writeWork } from './loader/work.js'

const SAMPLES = 100_000
const ROUNDS = 5
/** Samples a second that were asked for. */
const ASKED = 100_000
const START = { v: 1, plan: 'bench', epoch: 0, step: 0, seen: 0 } as const
const RULES: PlanRules = { shots: 3, sharedVisuals: 'once', maxTokens: 2048, frame: { ends: 2, tail: 0 } }
const WINDOW = 1024
const BATCH = 8

/** `npm run bench -- plan [pairs of the data set on the disk]` */
export const planBench: Bench = async (report, [pairs = '40000']) => {
  const made = plan(columns(), RULES)
  const single = (shuffle: string) => drawsOf(draws([{ shuffle, samples: SAMPLES }]))
  const contenders = {
    none: () => fixedSteps(made, single('none')),
    full: () => fixedSteps(made, single('full')),
    windowed: () => fixedSteps(made, single('windowed')),
    'mixture of three': () =>
      fixedSteps(
        made,
        drawsOf(draws([{ samples: 50_000 }, { samples: 30_000, shuffle: 'full' }, { samples: 20_000 }])),
      ),
    'windowed, packed': () => filledSteps(made, single('windowed'), 'best-fit', 2048, BATCH),
    'windowed, by token budget': () => filledSteps(made, single('windowed'), 'by-length', 16_384, undefined),
  }
  const cpu = new Map<string, number[]>()
  const counted = Object.fromEntries(
    Object.entries(contenders).map(([name, work]) => [name, () => countCpu(cpu, name, work)]),
  )
  const times = await interleaved(ROUNDS, counted)
  for (const [name, ms] of Object.entries<number>(times)) {
    const value = (1000 * SAMPLES) / ms
    report({ metric: `planned, ${name}`, value, unit: 'samples/s', rival: 'asked', ratio: value / ASKED })
    const used = (1000 * SAMPLES) / median(cpu.get(name)!.slice(1))
    report({ metric: `planned, ${name}`, value: used, unit: 'a CPU-s', rival: 'asked', ratio: used / ASKED })
  }
  await onDisk(Number(pairs), report)
}

/** Milliseconds of processor time, which other work on the machine leaves as they are. */
async function countCpu(into: Map<string, number[]>, name: string, work: () => Promise<unknown>) {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  into.set(name, [...(into.get(name) ?? []), (user + system) / 1000])
}

/** Contexts among the 32 neighbours, four pairs to a picture, some hundred tokens each. */
function columns() {
  const random = randomStream('bench plan')
  const entries: IndexEntry[] = Array.from({ length: SAMPLES }, (_, row) => {
    const near = () => Math.min(SAMPLES - 1, Math.max(0, row - 16 + random.below(33)))
    const tokens = 60 + random.below(240)
    return {
      ...{ row, contexts: [near(), near(), near()], nearest: 'first', visuals: [row >> 2], media: [row >> 2] },
      ...{ tokens, unmarkedTokens: tokens - 1 },
    }
  })
  const pictures = SAMPLES >> 2
  const numbers = Array.from({ length: pictures }, (_, i) => i)
  return buildIndex(entries, {
    rows: Int32Array.from(numbers),
    shard: Int32Array.from(numbers, (i) => Math.floor(i / 3000)),
    offset: Float64Array.from(numbers, (i) => (i % 3000) * 150_000),
    bytes: Float64Array.from(numbers, () => 150_000),
  })
}

function draws(sources: readonly { readonly samples: number; readonly shuffle?: string }[]): DrawPlan {
  const before = (at: number) => sources.slice(0, at).reduce((sum, one) => sum + one.samples, 0)
  return {
    sources: sources.map(({ samples, shuffle = 'windowed' }, at) => ({
      ...{ samples, orderKey: `bench ${at}`, shuffle: shuffleNamed(shuffle) },
      rowOf: (sample) => before(at) + sample,
    })),
    ...{ weights: sources.map(({ samples }) => samples), samples: SAMPLES, seed: 1, mixing: 'stratified' },
    batchSize: BATCH,
  }
}

type Made = ReturnType<typeof plan>

/** Every step: what its samples are made of, and the reads of its pictures. */
async function fixedSteps(made: Made, { sampleAt }: Draws) {
  const steps = { id: 'bench', samples: SAMPLES, batchSize: BATCH, dropLast: false, padLast: false, epochs: 1 }
  let reads = 0
  for (const step of planSteps({ ...steps, rank: 0, worldSize: 1, sampleAt }, START)) {
    const { media } = made.content(step.rows.map(([sample]) => sample!.row))
    reads += made.reads([...new Set(media)]).length
  }
  return reads
}

async function filledSteps(
  made: Made,
  { sampleAt }: Draws,
  name: FillingName,
  capacity: number,
  rows: number | undefined,
) {
  let reads = 0
  const steps = planByLength(
    {
      ...{ id: 'bench', samples: SAMPLES, window: WINDOW, rows, epochs: 1, dropLast: false, padLast: false },
      ...{ rank: 0, worldSize: 1 },
      async groups(epoch, window) {
        const first = window * WINDOW
        const all = Array.from({ length: Math.min(WINDOW, SAMPLES - first) }, (_, i) => sampleAt(epoch, first + i))
        const planned = made.content(all.map(({ row }) => row))
        const groups = fillings[name].fill(planned.tokens, { capacity, key: ['bench', 1, epoch, window] })
        return groups.map((places) => Array.from(places, (i) => ({ ...all[i]!, content: contentAt(planned, i) })))
      },
    },
    START,
  )
  for await (const step of steps) {
    const media = new Set<number>()
    for (const row of step.rows) for (const { content } of row) for (const one of content!.media) media.add(one)
    reads += made.reads([...media]).length
  }
  return reads
}

/** The whole of `mimicit plan`, opening, columns and cache included. */
async function onDisk(pairs: number, report: Parameters<Bench>[0]) {
  const dir = mkdtempSync(join(tmpdir(), 'mimicit-bench-plan-'))
  try {
    await writeWork(dir, { pictures: 100, pairs })
    const set = join(dir, 'set')
    await tokenizeDataset(set, { tokenizer: 'bytes' })
    const common = { context: 'stored:near', shots: 3, maxTokens: 4096 }
    const ways = {
      windowed: { shuffle: 'windowed' },
      full: { shuffle: 'full' },
      'windowed, packed': { pack: true },
    }
    const times = await interleaved(3, {
      windowed: () => simulateEpoch(set, { ...common, ...ways.windowed }),
      full: () => simulateEpoch(set, { ...common, ...ways.full }),
      'windowed, packed': () => simulateEpoch(set, { ...common, ...ways['windowed, packed'] }),
    })
    for (const [name, ms] of Object.entries<number>(times)) {
      report({ metric: `mimicit plan of ${pairs} pairs, ${name}`, value: (1000 * pairs) / ms, unit: 'samples/s' })
    }
  } finally {
    rmSync(dir, { recursive: true })
  }
}
