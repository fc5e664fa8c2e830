// Figures against the data set itself, and the report that they become.
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { htmlPage } from '../../src/base/chart/html-page.js'
import { datasetStatistics } from '../../src/layout/statistics/dataset-statistics.js'
import { distributionCounter } from '../../src/layout/statistics/distribution.js'
import { datasetFigures } from '../../src/serve/statistics/dataset-figures.js'
import { distributionFigure } from '../../src/serve/statistics/distribution-figure.js'
import { figureSections } from '../../src/serve/statistics/figure-sections.js'
import type { Figure, StatisticsReport } from '../../src/serve/wire.js'
import { openDataset } from '../../src/shards/dataset.js'
import { countWords } from '../../src/text/words.js'
import { importFixtures, sourcePairs } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const data = join(tempDir(), 'data')
let report: StatisticsReport
beforeAll(async () => {
  await importFixtures(data)
  const dataset = await openDataset(data)
  report = await datasetFigures(dataset, { verify: true })
  await dataset.close()
})
const figure = <K extends Figure['kind']>(kind: K, title: string) =>
  report.figures.find((one): one is Extract<Figure, { readonly kind: K }> => one.kind === kind && one.title === title)!

it('counts what the sources hold', () => {
  const lengths = sourcePairs.map(([, { answer }]) => countWords(answer))
  const { summary, bins } = figure('histogram', 'Length of responses')
  expect(summary).toMatchObject({ count: lengths.length, min: Math.min(...lengths), max: Math.max(...lengths) })
  expect(summary.mean).toBeCloseTo(lengths.reduce((a, b) => a + b) / lengths.length, 10)
  expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(lengths.length)
  for (const { from, to, count } of bins) {
    expect(count).toBe(lengths.filter((length) => length >= from && length < to).length)
  }
  expect(figure('bars', 'Pairs by subset').bars).toEqual([
    { label: 'LA', value: 130 },
    { label: 'CGD', value: 16 },
  ])
  expect(figure('bars', 'Pictures by format').bars).toEqual([{ label: 'jpeg', value: 16 }])
  expect(figure('histogram', 'Contexts of a query, by rel_ins_ids').summary.count).toBe(146)
  const different = new Set(sourcePairs.map(([, { instruction }]) => instruction)).size
  expect(figure('bars', 'Different texts').bars).toContainEqual({ label: 'instructions', value: different })
  expect(figure('bars', 'Root verbs of instructions').bars[0]!.value).toBeGreaterThan(10)
  expect(figure('bars', 'Root verbs with their objects').bars.length).toBeGreaterThan(3)
  expect(figure('bars', 'Issues that verify found').bars).toEqual([{ label: 'none', value: 0 }])
})

it('are the numbers of mimicit stats', async () => {
  const dataset = await openDataset(data)
  const { words, verbs, picturesPerPair, pictureFacts } = await datasetStatistics(dataset)
  await dataset.close()
  for (const [title, { count, p50, mean, p95, max }] of [
    ['Length of instructions', words.instruction],
    ['Length of responses', words.response],
    ['Pictures of a pair', picturesPerPair],
    ['Longer side of pictures', pictureFacts.longerSide],
    ['Size of pictures', pictureFacts.kilobytes],
  ] as const) {
    expect(figure('histogram', title).summary).toMatchObject({ count, median: p50, mean, p95, max })
  }
  expect(figure('bars', 'Root verbs of instructions').bars).toEqual(
    verbs.top.map(({ verb, count }) => ({ label: verb, value: count })),
  )
})

it('keeps every number of a distribution, also those beyond its counts', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3000), { minLength: 1 }), (values) => {
      const counter = distributionCounter()
      for (const value of values) counter.add(value)
      const made = distributionFigure('x', 'y', counter.result())
      if (made.kind !== 'histogram') throw new Error('another kind')
      expect(made.bins.reduce((sum, { count }) => sum + count, 0)).toBe(values.length)
      expect(made.bins.length).toBeLessThanOrEqual(41)
      expect(made.bins[0]!.from).toBe(Math.min(...values))
    }),
  )
})

it('becomes a page that needs no other file, and runs nothing', () => {
  const page = htmlPage({ title: 'Statistics', sections: figureSections(report.figures) })
  expect(page).not.toMatch(/<script|<link|src=|@import|url\(/)
  expect(page.match(/<svg/g)).toHaveLength(report.figures.length)
  expect(page).toContain('95 of 100 at most')
})

it('shows names of the data as text', () => {
  const bars = [{ label: '<img src=x onerror=alert(1)>', value: 1 }]
  const page = htmlPage({ title: 'x', sections: figureSections([{ kind: 'bars', title: '<b>', unit: 'u', bars }]) })
  expect(page).not.toContain('<img')
  expect(page).not.toContain('<b>')
})
