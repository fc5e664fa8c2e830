// The loss curve and the metrics file.
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ticks } from '../../src/base/chart/axis.js'
import { lossCurve, smooth } from '../../src/train/curve.js'
import { curvePage } from '../../src/train/curve-page.js'
import { metricsWriter, readMetrics, type StepMetrics } from '../../src/train/metrics.js'

test('ticks are round and stay inside', () => {
  expect(ticks(0, 10, 5)).toEqual([0, 2, 4, 6, 8, 10])
  expect(ticks(0, 0.73, 6)).toEqual([0, 0.2, 0.4, 0.6])
  expect(ticks(0, 1, 8)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
})

test('smoothing keeps a constant and is unbiased at the start', () => {
  expect(smooth([3, 3, 3], 0.9).every((v) => Math.abs(v - 3) < 1e-12)).toBe(true)
  expect(smooth([1, 2], 0.5)[1]).toBeCloseTo(5 / 3, 12)
})

test('the curve is one SVG with both lines, inside its frame, without what is not a number', () => {
  const points = Array.from({ length: 50 }, (_, i) => ({ step: i + 1, loss: i === 7 ? Number.NaN : 5 / (i + 1) }))
  const svg = lossCurve(points, { title: 'a < b & c' })
  expect(svg).toContain('a &lt; b &amp; c')
  expect(svg).not.toMatch(/NaN|Infinity|href|<script/)
  const lines = [...svg.matchAll(/<polyline points="([^"]*)"/g)].map((m) => (m[1] ?? '').split(' '))
  expect(lines.map((line) => line.length)).toEqual([49, 49])
  for (const [x = -1, y = -1] of lines.flat().map((p) => p.split(',').map(Number))) {
    expect(x).toBeGreaterThanOrEqual(64)
    expect(x).toBeLessThanOrEqual(700)
    expect(y).toBeGreaterThanOrEqual(40)
    expect(y).toBeLessThanOrEqual(352)
  }
  expect(lossCurve([])).toContain('</svg>')
})

test('the page needs nothing else and has the figures of the run', () => {
  const metrics = [4, 2].map(
    (loss, i): StepMetrics => ({
      step: i + 1,
      epoch: 0,
      loss,
      gradNorm: 1,
      lr: 1e-3,
      tokens: 10,
      images: 3,
      dataWaitMs: 25,
      stepMs: 75,
    }),
  )
  const page = curvePage({
    title: 'a < b',
    metrics,
    evaluations: [1, 2].map((step) => ({ step, evalLoss: 5 - step, evalMs: 1 })),
  })
  expect(page).toMatch(/^<!doctype html>[\s\S]*<svg[\s\S]*<\/svg>[\s\S]*<\/html>\s*$/)
  expect(page).toContain('a &lt; b')
  expect(page).not.toMatch(/<script|<link|(src|href)=|url\(/)
  const rows = [...page.matchAll(/<tr><td>(.*?)<\/td><td[^>]*>(.*?)<\/td><\/tr>/g)].map(([, ...cells]) => cells)
  expect(Object.fromEntries(rows)).toMatchObject({
    updates: '2',
    'loss of the first update': '4',
    'loss of the last update': '2',
    'held-out loss at its lowest, after update 2': '3',
    'labels learned from': '20',
    'images seen': '6',
    'share of it spent waiting for data': '25.0 %',
  })
  expect(curvePage({ title: 'nothing yet', metrics: [], evaluations: [] })).toContain('0.0 %')
})

test('metrics are lines; a resumed run drops those after its checkpoint, and a torn line is no harm', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'mimicit-'))
  const path = join(dir, 'run', 'metrics.jsonl')
  const at = (step: number): StepMetrics => ({
    step,
    epoch: 0,
    loss: 1 / step,
    lr: 1,
    gradNorm: 1,
    images: 2,
    tokens: 3,
    dataWaitMs: 0,
    stepMs: 1,
  })
  const write = await metricsWriter(path)
  for (const step of [1, 2, 3]) await write(at(step))
  await appendFile(path, '{"step":4,"lo')
  expect((await readMetrics(path)).map((m) => m.step)).toEqual([1, 2, 3])
  const again = await metricsWriter(path, 2)
  await again(at(3))
  expect((await readFile(path, 'utf8')).split('\n').length).toBe(4)
  expect(await readMetrics(path)).toEqual([1, 2, 3].map(at))
  expect(await readMetrics(join(dir, 'absent'))).toEqual([])
  await rm(dir, { recursive: true })
})
