// The loss curve of a run as a page for a browser: one HTML file that needs nothing else, the curve and its figures.
import { htmlPage } from '../base/chart/html-page.js'
import type { Cell } from '../base/chart/report.js'
import { formatDuration } from '../base/format.js'
import { lossCurve } from './curve.js'
import type { EvaluationMetrics, StepMetrics } from './metrics.js'

/** What a run has measured. */
export interface Measured {
  /** What stands above: the name of the run. */
  readonly title: string
  readonly metrics: readonly StepMetrics[]
  readonly evaluations: readonly EvaluationMetrics[]
}

/**
 * Makes the page.
 *
 * @returns An HTML document.
 */
export function curvePage({ title, metrics, evaluations }: Measured): string {
  const heldOut = evaluations.map(({ step, evalLoss }) => ({ step, loss: evalLoss }))
  const sum = (of: (one: StepMetrics) => number) => metrics.reduce((total, one) => total + of(one), 0)
  const waitMs = sum(({ dataWaitMs }) => dataWaitMs)
  const timeMs = waitMs + sum(({ stepMs }) => stepMs)
  const best = heldOut.reduce<(typeof heldOut)[number] | undefined>(
    (least, one) => (least === undefined || one.loss < least.loss ? one : least),
    undefined,
  )
  const rows: (readonly Cell[])[] = [
    ['updates', metrics.at(-1)?.step ?? 0],
    ['loss of the first update', metrics[0]?.loss ?? null],
    ['loss of the last update', metrics.at(-1)?.loss ?? null],
    ...(best === undefined ? [] : [[`held-out loss at its lowest, after update ${best.step}`, best.loss] as const]),
    ['labels learned from', sum(({ tokens }) => tokens)],
    ['images seen', sum(({ images }) => images)],
    ['time of updates', formatDuration(timeMs)],
    ['share of it spent waiting for data', `${((100 * waitMs) / Math.max(timeMs, 1)).toFixed(1)} %`],
  ]
  return htmlPage({
    title,
    sections: [
      { kind: 'chart', svg: lossCurve(metrics, { heldOut }) },
      { kind: 'table', head: ['', 'figure'], rows },
    ],
  })
}
