// Figures as parts of a report: each a chart, and the numbers behind it.

import { histogramChart } from '../../base/chart/histogram-chart.js'
import { intervalChart } from '../../base/chart/interval-chart.js'
import type { ReportSection } from '../../base/chart/report.js'
import { formatCount } from '../../base/format.js'
import type { Figure } from '../wire.js'

/** A heading, a sentence and a chart for each figure. */
export function figureSections(figures: readonly Figure[]): readonly ReportSection[] {
  return figures.flatMap((figure): ReportSection[] => [
    { kind: 'heading', text: figure.title },
    ...(figure.kind === 'histogram' ? [{ kind: 'text', text: inWords(figure) } as const] : []),
    { kind: 'chart', svg: chartOf(figure) },
  ])
}

/** What a histogram says, in one sentence. */
export function inWords({ summary, unit }: Extract<Figure, { readonly kind: 'histogram' }>): string {
  const { count, min, median, mean, p95, max } = summary
  return (
    `${formatCount(count)} counted: from ${formatCount(min)} to ${formatCount(max)} ${unit}, half of them at most ` +
    `${formatCount(median)}, 95 of 100 at most ${formatCount(p95)}, on average ${mean.toFixed(1)}.`
  )
}

function chartOf(figure: Figure): string {
  const { title, unit } = figure
  return figure.kind === 'bars'
    ? intervalChart({
        title,
        across: unit,
        rows: figure.bars.map(({ label, value }) => ({ name: label, value })),
        bars: true,
      })
    : histogramChart({ title, across: unit, up: 'how often', bins: figure.bins })
}
