// A training run while it grows, is torn, and is resumed.
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { openViewer } from '../../src/serve/open-viewer.js'
import { followMetrics, type MetricsNews } from '../../src/serve/runs/follow-metrics.js'
import { type AskRun, thinned } from '../../src/serve/runs/run-routes.js'
import type { RunSample } from '../../src/serve/wire.js'
import type { StepMetrics } from '../../src/train/metrics.js'
import { runSettings } from '../../src/train/run-settings.js'
import { withNews } from '../../viewer/src/runs/with-news.js'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'
import { clientOf } from './client.js'

const dir = tempDir()
const data = join(dir, 'data')
const point = (step: number, loss = 1 / step): StepMetrics => ({
  ...{ step, epoch: 0, loss, lr: 0.1, gradNorm: 1, tokens: 10, images: 1, dataWaitMs: 1, stepMs: 2 },
})
const line = (value: unknown) => `${JSON.stringify(value)}\n`

/** Writes in steps; each is seen before the next one is written. */
async function seen(path: string, ...writes: readonly (() => void)[]): Promise<MetricsNews[]> {
  const stop = new AbortController()
  const news: MetricsNews[] = []
  const waiting = [...writes]
  waiting.shift()?.()
  for await (const one of followMetrics(path, stop.signal)) {
    news.push(one)
    const next = waiting.shift()
    if (next === undefined) stop.abort()
    next?.()
  }
  return news
}
const stepsOf = (news: readonly MetricsNews[]) => news.map(({ points }) => points.map(({ step }) => step))

describe('a file of metrics', () => {
  it('is told as it grows, torn lines once they are whole', async () => {
    const path = join(dir, 'grows.jsonl')
    const half = line(point(3))
    const news = await seen(
      path,
      () => writeFileSync(path, line(point(1))),
      () => appendFileSync(path, line(point(2)) + half.slice(0, 20)),
      () => appendFileSync(path, half.slice(20) + line({ step: 3, evalLoss: 0.5, evalMs: 1 })),
    )
    expect(stepsOf(news)).toEqual([[1], [2], [3]])
    expect(news[2]?.evaluations).toEqual([{ step: 3, evalLoss: 0.5, evalMs: 1 }])
  })

  it('that is not there yet has nothing to say', async () => {
    const path = join(dir, 'later.jsonl')
    const news = await seen(
      path,
      () => undefined,
      () => writeFileSync(path, line(point(1))),
    )
    expect(stepsOf(news)).toEqual([[], [1]])
  })

  it('begins anew where it got shorter', async () => {
    const path = join(dir, 'anew.jsonl')
    const news = await seen(
      path,
      () => writeFileSync(path, [1, 2, 3].map((step) => line(point(step))).join('')),
      () => writeFileSync(path, line(point(1))),
    )
    expect(news.map(({ anew }) => anew)).toEqual([false, true])
    expect(stepsOf(news)).toEqual([[1, 2, 3], [1]])
  })
})

it('a resumed run takes back what it said of later steps', () => {
  const news = { evaluations: [], checkpoints: [], anew: false }
  const before = { ...news, points: [1, 2, 3, 4].map((step) => point(step)) }
  const { points } = withNews(before, { ...news, points: [point(3, 9)] })
  expect(points.map(({ step, loss }) => [step, loss])).toEqual([
    [1, 1],
    [2, 0.5],
    [3, 9],
  ])
  expect(withNews(before, { ...news, points: [point(1)], anew: true }).points).toHaveLength(1)
})

it('a long curve keeps its end and its mean', () => {
  const points = Array.from({ length: 10_001 }, (_, i) => point(i + 1, i % 2))
  const shown = thinned(points, 2000)
  expect(shown.length).toBeLessThanOrEqual(2000)
  expect(shown.at(-1)?.step).toBe(10_001)
  expect(thinned(points.slice(0, 5), 2000)).toHaveLength(5)
})

describe('the viewer of a run', () => {
  const run = join(dir, 'run')
  beforeAll(async () => {
    await importFixtures(data)
    mkdirSync(run)
    writeFileSync(
      join(run, 'run.json'),
      JSON.stringify(runSettings({ dataset: data, steps: 10, loader: { shots: 1 } })),
    )
    writeFileSync(join(run, 'metrics.jsonl'), line(point(1)))
  })

  it('says what it is, and what its checkpoint answers about pairs that stay the same', async () => {
    const asked: string[] = []
    const askRun: AskRun = async (_dir, id) => {
      asked.push(id)
      if (asked.length === 3) throw new Error('out of memory')
      return { id, step: 5, instruction: 'I', answer: 'A', reference: 'R' }
    }
    const server = await openViewer({ dataset: data, runs: [run], askRun })
    const client = clientOf(server)
    expect((await client.get('/api/runs')).json()).toMatchObject([{ name: 'run', model: 'tiny', steps: 10, shots: 1 }])
    const { events, end } = await client.events('/api/runs/0/samples')
    // What fails is told, after what has come already.
    expect(end).toBe('fault')
    expect((events as RunSample[]).slice(0, 2).map(({ id, answer }) => [id, answer])).toEqual(
      asked.slice(0, 2).map((id) => [id, 'A']),
    )
    const drawn = [...asked]
    asked.length = 0
    await client.events('/api/runs/0/samples')
    expect(asked).toEqual(drawn)
    expect((await client.get('/api/runs/1/news')).status).toBe(400)
    await server.close()
  })

  it('is refused where there is no run', async () => {
    await expect(openViewer({ dataset: data, runs: [dir] })).rejects.toMatchObject({ code: 'MIMICIT_NOT_FOUND' })
  })
})
