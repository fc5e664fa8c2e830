// What can be asked of training runs: their curves, as they grow, and answers of their newest checkpoint.
import { basename, join, resolve } from 'node:path'
import { MimicitError } from '../../base/errors.js'
import { randomStream } from '../../base/random.js'
import { checkpointSteps } from '../../train/checkpoint.js'
import type { StepMetrics } from '../../train/metrics.js'
import { type RunSettings, readRunSettings } from '../../train/run-settings.js'
import { json, type Route } from '../http/route.js'
import { whole } from '../view/query.js'
import type { ShownDataset } from '../view/shown-dataset.js'
import type { RunFacts, RunNews, RunSample } from '../wire.js'
import { followMetrics } from './follow-metrics.js'

/** Asks the newest checkpoint of a run about a pair. It takes long, so it goes on in a process of its own. */
export type AskRun = (dir: string, id: string, signal: AbortSignal) => Promise<Omit<RunSample, 'row'>>

/** A run that is shown. */
export interface ShownRun {
  readonly dir: string
  readonly settings: RunSettings
}

/** @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_BAD_CHECKPOINT */
export async function openRun(dir: string): Promise<ShownRun> {
  return { dir: resolve(dir), settings: await readRunSettings(dir) }
}

/** Points of a curve at most: beyond, each stands for several steps. */
const MOST_POINTS = 2000
/** Answers to one question of the page. */
const MOST_SAMPLES = 16

/** @param ask what answers; without it nobody can ask */
export function runRoutes(
  runs: readonly ShownRun[],
  shown: ShownDataset | undefined,
  ask: AskRun | undefined,
): readonly Route[] {
  const runOf = (text: string | undefined) => runs[whole('the run', text, [0, runs.length - 1])]!
  return [
    { method: 'GET', path: '/api/runs', handle: () => json(runs.map(runFacts)) },
    {
      method: 'GET',
      path: '/api/runs/:run/news',
      handle: ({ params, signal }) => ({ kind: 'events', events: newsOf(runOf(params.run), signal) }),
    },
    {
      method: 'GET',
      path: '/api/runs/:run/samples',
      handle({ params, query, signal }) {
        const run = runOf(params.run)
        const from = whole('from', query.from ?? '0', [0, Number.MAX_SAFE_INTEGER])
        return { kind: 'events', events: samplesOf(run, { shown, ask, from, signal }) }
      },
    },
  ]
}

function runFacts({ dir, settings }: ShownRun): RunFacts {
  const { model, steps, lr, loader } = settings
  return { name: basename(dir), dir, model, steps, lr, batchSize: loader.batchSize ?? 8, shots: loader.shots ?? 0 }
}

async function* newsOf({ dir }: ShownRun, signal: AbortSignal): AsyncGenerator<RunNews> {
  let first = true
  for await (const { points, evaluations, anew } of followMetrics(join(dir, 'metrics.jsonl'), signal)) {
    const checkpoints = await checkpointSteps(dir)
    yield { points: thinned(points, MOST_POINTS), evaluations, checkpoints, anew: first || anew }
    first = false
  }
}

/** At most `most` points, each the mean of a run of neighbours under the last one's step. */
export function thinned(points: readonly StepMetrics[], most: number): readonly StepMetrics[] {
  const each = Math.ceil(points.length / most)
  if (each <= 1) return points
  return Array.from({ length: Math.ceil(points.length / each) }, (_, i) => {
    const part = points.slice(i * each, (i + 1) * each)
    const mean = (of: (point: StepMetrics) => number) => part.reduce((sum, point) => sum + of(point), 0) / part.length
    return {
      ...part.at(-1)!,
      loss: mean((point) => point.loss),
      gradNorm: mean((point) => point.gradNorm),
      dataWaitMs: mean((point) => point.dataWaitMs),
      stepMs: mean((point) => point.stepMs),
    }
  })
}

interface SampleMeans {
  readonly shown: ShownDataset | undefined
  readonly ask: AskRun | undefined
  readonly from: number
  readonly signal: AbortSignal
}

/** Answers about pairs that are drawn by the run, the same ones for every checkpoint, so that they can be compared. */
async function* samplesOf({ dir, settings }: ShownRun, { shown, ask, from, signal }: SampleMeans) {
  if (ask === undefined || shown === undefined) {
    throw new MimicitError('MIMICIT_UNSUPPORTED', {
      expected: 'a viewer with the data set of the run',
      where: dir,
      received: 'one without',
      hint: 'Start it with `mimicit view <run>`.',
    })
  }
  const rows = shown.dataset.manifest.tables.pairs.rows
  const random = randomStream('samples of a run', settings.seed)
  const drawn = Array.from({ length: from + MOST_SAMPLES }, () => random.below(rows)).slice(from)
  for (const row of new Set(drawn)) {
    if (signal.aborted) return
    const { id } = await shown.dataset.pair(row)
    yield { ...(await ask(dir, id, signal)), row } satisfies RunSample
  }
}
