// Judged answers as a report.
import { intervalChart } from '../../base/chart/interval-chart.js'
import type { Report } from '../../base/chart/report.js'
import { plural } from '../../base/format.js'
import type { Spent } from '../../llm/budget.js'
import type { JudgeReport } from '../judge/run-judge.js'
import type { PairwiseReport } from '../judge/run-pairwise.js'
import { issueSections } from './issues.js'
import { usedSections } from './used.js'

const by = ({ judge, byRules }: { readonly judge: string; readonly byRules: boolean }) =>
  byRules ? `judged by rules (${judge}), not by a model` : `judged by ${judge}`

/** The report of judged answers. */
export function judgeReport(report: JudgeReport, used?: Spent): Report {
  const { mode, mean, meanOfDimensions, groups, dimensions, items } = report
  const score = mode === 'match' ? 'accuracy' : 'score of 1'
  const rows = dimensions.map(({ group, name, items: count, mean: value }) => [group, name, count, value])
  return {
    title: `Judged answers: ${score}`,
    sections: [
      { kind: 'text', text: `${plural(items.length, 'answer')}, ${by(report)}` },
      { kind: 'table', head: ['group', 'dimension', 'answers', score], rows },
      {
        kind: 'table',
        head: ['group', 'answers', score],
        rows: groups.map((part) => [part.name, part.items, part.mean]),
      },
      { kind: 'text', text: `all: ${mean.toFixed(4)}; mean of dimensions: ${meanOfDimensions.toFixed(4)}` },
      {
        kind: 'chart',
        svg: intervalChart({
          ...{ title: 'By dimension', across: score, bars: true },
          rows: dimensions.map(({ name, mean: value }) => ({ name, value })),
        }),
      },
      ...usedSections('the judge', used),
      ...issueSections(report.issues),
    ],
  }
}

/** The report of a comparison. */
export function pairwiseReport(report: PairwiseReport, used?: Spent): Report {
  const { names, won, items, changed, firstShare } = report
  const bias =
    firstShare === null
      ? 'every verdict is a tie, so that nothing is known of a bias'
      : `whoever stood first won ${(100 * firstShare).toFixed(1)} % of the verdicts that were no tie (50 % is fair)`
  return {
    title: `${names[0]} against ${names[1]}`,
    sections: [
      { kind: 'text', text: `${plural(items.length, 'question')} in both orders, ${by(report)}` },
      {
        kind: 'table',
        head: ['', 'questions', 'share'],
        rows: [
          [`${names[0]} wins`, won.a, won.a / items.length],
          [`${names[1]} wins`, won.b, won.b / items.length],
          ['tie', won.tie, won.tie / items.length],
        ],
      },
      {
        kind: 'text',
        text: `position: ${bias}; ${plural(changed, 'verdict')} changed with the order and ${changed === 1 ? 'counts as a tie' : 'count as ties'}`,
      },
      {
        kind: 'chart',
        svg: intervalChart({
          ...{ title: 'Questions won in both orders', across: 'share', bars: true },
          rows: [
            { name: names[0], value: won.a / items.length },
            { name: names[1], value: won.b / items.length },
            { name: 'tie', value: won.tie / items.length },
          ],
        }),
      },
      ...usedSections('the judge', used),
      ...issueSections(report.issues),
    ],
  }
}
