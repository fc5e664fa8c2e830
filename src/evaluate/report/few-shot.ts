// Few-shot scores as a report.
import { lineChart } from '../../base/chart/line-chart.js'
import { type Report, shownNumber } from '../../base/chart/report.js'
import { plural } from '../../base/format.js'
import type { Spent } from '../../llm/budget.js'
import type { FewShotReport } from '../few-shot/run-few-shot.js'
import type { OverSeeds, ShotSummary } from '../few-shot/summary.js'
import { issueSections } from './issues.js'
import { usedSections } from './used.js'

/** The report of scores. */
export function fewShotReport(report: FewShotReport, used?: Spent): Report {
  const { task, main, questions, support, guarded, summary } = report
  const names = Object.keys(summary[0]?.scores ?? {})
  const kept = guarded === 0 ? '' : `, ${guarded} kept out because they share a picture with a question`
  return {
    title: `Few-shot: ${task}`,
    sections: [
      { kind: 'text', text: `${plural(questions, 'question')}; ${plural(support, 'pair')} may be shown${kept}` },
      {
        kind: 'table',
        head: ['examples by', 'shots', 'seeds', ...names],
        rows: summary.map((row) => [
          row.select,
          row.shots,
          row.seeds,
          ...names.map((name) => shown(row.scores[name]!)),
        ]),
      },
      { kind: 'text', text: 'Mean over seeds, ± their standard deviation. The most similar example stands last.' },
      { kind: 'chart', svg: shotChart(`${main} by shots`, main, summary) },
      ...usedSections('the model', used),
      ...issueSections(report.issues),
    ],
  }
}

const shown = ({ mean, spread }: OverSeeds) =>
  spread === 0 ? shownNumber(mean) : `${shownNumber(mean)} ± ${shownNumber(spread)}`

/** One score over the number of shots, a line for each in-context function; controls are dashed. */
export function shotChart(title: string, score: string, summary: readonly ShotSummary[]): string {
  const names = [...new Set(summary.map(({ select }) => select))]
  return lineChart({
    ...{ title, across: 'shots', up: score },
    series: names.map((name) => ({
      ...{ name, dashed: name.startsWith('matched:') },
      points: summary
        .filter(({ select, scores }) => select === name && scores[score] !== undefined)
        .map(({ shots, scores }) => ({ x: shots, y: scores[score]!.mean, spread: scores[score]!.spread })),
    })),
  })
}
