// Charts and pages: well-formed, complete, and safe whatever names they are given.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { extent, ticks } from '../../../src/base/chart/axis.js'
import { heatMap } from '../../../src/base/chart/heat-map.js'
import { htmlPage } from '../../../src/base/chart/html-page.js'
import { intervalChart } from '../../../src/base/chart/interval-chart.js'
import { lineChart } from '../../../src/base/chart/line-chart.js'

/** Whether every element of some markup is closed where it should be; throws at one that is not. */
function isWellFormed(markup: string): boolean {
  const open: string[] = []
  for (const [, close, name, selfClosing] of markup.matchAll(/<(\/?)([a-zA-Z][\w-]*)(?:[^<>"]|"[^"]*")*?(\/?)>/g)) {
    if (close === '/') expect(open.pop()).toBe(name)
    else if (selfClosing !== '/') open.push(name!)
  }
  expect(markup).not.toMatch(/&(?!(?:amp|lt|gt|quot|#39);)/)
  return open.length === 0
}

const value = fc.double({ min: -1e6, max: 1e6, noNaN: true })
const name = fc.string({ unit: 'grapheme', maxLength: 12 })

describe('charts', () => {
  it('are well-formed with any names and numbers, and have nothing from elsewhere', () => {
    const point = fc.record({ x: value, y: value, spread: fc.double({ min: 0, max: 10, noNaN: true }) })
    const series = fc.array(fc.record({ name, points: fc.array(point, { maxLength: 5 }) }), { maxLength: 4 })
    fc.assert(
      fc.property(name, series, fc.array(fc.tuple(name, value), { maxLength: 4 }), (title, lines, rows) => {
        const charts = [
          lineChart({ title, across: title, up: title, series: lines }),
          intervalChart({
            title,
            across: title,
            rows: rows.map(([row, at]) => ({ name: row, value: at, low: at - 1, high: at + 1 })),
          }),
          heatMap({ title, rows: [title], columns: [title, 'b'], cells: [[0.5, null]] }),
        ]
        for (const svg of charts) {
          expect(isWellFormed(svg)).toBe(true)
          expect(svg).not.toMatch(/NaN|Infinity|undefined|<script|href/)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('put larger values higher, and whiskers around their point', () => {
    const svg = lineChart({
      ...{ title: 't', across: 'shots', up: 'score' },
      series: [
        {
          name: 's',
          points: [
            { x: 0, y: 1 },
            { x: 4, y: 3, spread: 0.5 },
            { x: 8, y: Number.NaN },
          ],
        },
      ],
    })
    const dots = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [Number(x), Number(y)])
    expect(dots).toHaveLength(2)
    expect(dots[1]![0]!).toBeGreaterThan(dots[0]![0]!)
    expect(dots[1]![1]!).toBeLessThan(dots[0]![1]!)
    const [, top, bottom] = /<path d="M[\d.]+ ([\d.]+)H[\d.]+M[\d.]+ [\d.]+V([\d.]+)/.exec(svg)!.map(Number)
    expect(top!).toBeLessThan(dots[1]![1]!)
    expect(bottom!).toBeGreaterThan(dots[1]![1]!)
  })
})

it('pages are whole, and texts in them are no markup', () => {
  const page = htmlPage({
    title: '<b>&"',
    sections: [
      { kind: 'heading', text: '<script>' },
      {
        kind: 'table',
        head: ['a', "b'"],
        rows: [
          ['<i>', 0.123456],
          [null, 3],
        ],
      },
      { kind: 'chart', svg: heatMap({ title: 'm', rows: ['a'], columns: ['b'], cells: [[1]] }) },
    ],
  })
  expect(page).not.toMatch(/<script|<i>|<b>|https?:\/\/(?!www\.w3\.org)/)
  expect(page).toContain('<td class="n">0.1235</td>')
  expect(page).toContain('<td class="n">3</td>')
  expect(page).toContain('100%')
})

it('axes have round numbers, and room around a single value', () => {
  expect(ticks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
  expect(extent([])).toEqual([0, 1])
  expect(extent([5, Number.NaN])).toEqual([4.5, 5.5])
})
