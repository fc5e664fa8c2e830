// Whether contexts help, as a report: the losses with their controls, and a score where one was measured.
import { lineChart } from '../../base/chart/line-chart.js'
import type { Cell, Report, ReportSection } from '../../base/chart/report.js'
import { plural } from '../../base/format.js'
import type { BenefitReport, BenefitRow, Estimate } from '../benefit/run-benefit.js'
import type { FewShotReport } from '../few-shot/run-few-shot.js'
import { fewShotReport, shotChart } from './few-shot.js'
import { issueSections } from './issues.js'

/** The report; `scores` where questions were also answered. */
export function benefitReport(report: BenefitReport, scores?: FewShotReport): Report {
  const { questions, support, guarded, rows } = report
  const kept = guarded === 0 ? '' : `, ${guarded} kept out because they share a picture with a question`
  return {
    title: 'Do contexts help?',
    sections: [
      { kind: 'text', text: `${plural(questions, 'question')}; ${plural(support, 'pair')} may be shown${kept}` },
      ...verdicts(rows).map((text): ReportSection => ({ kind: 'text', text })),
      { kind: 'heading', text: 'Loss on the answers (mean over their tokens)' },
      { kind: 'table', head: HEAD, rows: rows.map(cells) },
      {
        kind: 'text',
        text:
          'control: other examples, drawn at random among those with as many tokens (apart: by how many tokens the rows of a question ' +
          'differ on average). ±: standard error over questions; gains are taken question by question.',
      },
      { kind: 'chart', svg: lossChart(rows) },
      ...issueSections(report.issues),
      ...(scores === undefined ? [] : scoreSections(scores)),
    ],
  }
}

const HEAD = [
  'examples by',
  'shots',
  'tokens',
  'loss',
  'control: tokens',
  'apart',
  'control: loss',
  'gain over none',
  'gain over control',
]

const withError = ({ mean, error }: Estimate) => `${mean.toFixed(4)} ± ${error.toFixed(4)}`

const cells = ({ select, shots, tokens, loss, control, gain, gainOverControl }: BenefitRow): Cell[] => [
  ...[select, shots, tokens.toFixed(1), withError(loss)],
  ...(control === null ? ['', '', ''] : [control.tokens.toFixed(1), control.apart.toFixed(1), withError(control.loss)]),
  gain === null ? '' : withError(gain),
  gainOverControl === null ? '' : withError(gainOverControl),
]

/** A sentence for the most shots of every in-context function; a gain counts from two standard errors on. */
export function verdicts(rows: readonly BenefitRow[]): string[] {
  return [...new Set(rows.map(({ select }) => select))].flatMap((select) => {
    const row = rows.filter((other) => other.select === select && other.shots > 0).at(-1)
    if (row === undefined) return []
    const over = (gain: Estimate | null, what: string) =>
      gain === null ? [] : [`${direction(gain)} against ${what} (${withError(gain)})`]
    const parts = [...over(row.gain, 'none'), ...over(row.gainOverControl, 'others of the same length')]
    return parts.length === 0 ? [] : [`${row.shots} examples by ${select}: the loss ${parts.join(', and ')}.`]
  })
}

const direction = ({ mean, error }: Estimate) =>
  Math.abs(mean) < 2 * error || mean === 0 ? 'does not change beyond its error' : mean > 0 ? 'falls' : 'rises'

function lossChart(rows: readonly BenefitRow[]): string {
  const names = [...new Set(rows.map(({ select }) => select))]
  return lineChart({
    ...{ title: 'Loss by shots', across: 'shots', up: 'loss on the answer' },
    series: names.flatMap((name) => {
      const own = rows.filter(({ select }) => select === name)
      const point = (shots: number, { mean, error }: Estimate) => ({ x: shots, y: mean, spread: error })
      return [
        { name, points: own.map(({ shots, loss }) => point(shots, loss)) },
        {
          ...{ name: `${name}: as many tokens of others`, dashed: true },
          points: own.map(({ shots, loss, control }) => point(shots, control?.loss ?? loss)),
        },
      ]
    }),
  })
}

/** The table and chart of few-shot scores below another report. */
function scoreSections(scores: FewShotReport): ReportSection[] {
  const { sections } = fewShotReport(scores)
  const tables = sections.filter(({ kind }) => kind === 'table')
  const chart = shotChart(`${scores.main} by shots`, scores.main, scores.summary)
  return [
    { kind: 'heading', text: `Scores: ${scores.task}` },
    ...tables,
    { kind: 'chart', svg: chart },
    { kind: 'text', text: 'matched:… = other examples with as many tokens.' },
  ]
}
