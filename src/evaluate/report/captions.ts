// Scores of captions as a report.
import { intervalChart } from '../../base/chart/interval-chart.js'
import type { Report, ReportSection } from '../../base/chart/report.js'
import { plural } from '../../base/format.js'
import type { CaptionReport } from '../captions/evaluate-captions.js'
import { issueSections } from './issues.js'

/** Worst and best captions that a report shows. */
const SHOWN = 5

/** What METEOR leaves out has to stand wherever its number does. */
const NOTES =
  'CIDEr-D is what the COCO tools print as CIDEr. METEOR matches words and stems (Porter), without synonyms and paraphrases.'

/** The report of scores. */
export function captionReport(report: CaptionReport): Report {
  const { pictures, referenced, tokens, scores } = report
  const of = pictures === referenced ? plural(pictures, 'picture') : `${pictures} of ${plural(referenced, 'picture')}`
  return {
    title: 'Captions against references',
    sections: [
      { kind: 'text', text: `${of}, words by ${tokens}` },
      { kind: 'table', head: ['metric', 'score'], rows: scores.map(({ name, corpus }) => [name, corpus]) },
      { kind: 'text', text: NOTES },
      { kind: 'chart', svg: intervalChart(chartOf(report)) },
      ...issueSections(report.issues),
      ...examples(report),
    ],
  }
}

const chartOf = ({ scores }: CaptionReport) => ({
  title: 'Scores (CIDEr: of 10)',
  across: 'share of the most that there can be',
  bars: true,
  rows: scores.map(({ name, corpus }) => ({ name, value: name.startsWith('CIDEr') ? corpus / 10 : corpus })),
})

function examples({ items, scores }: CaptionReport): ReportSection[] {
  const metric = scores.find(({ name }) => name === 'CIDEr-D') ?? scores[0]
  if (metric === undefined) return []
  const order = Array.from(items.keys()).sort((a, b) => metric.items[a]! - metric.items[b]!)
  const rows = (places: readonly number[]) =>
    places.map((i) => [items[i]!.id, metric.items[i]!, items[i]!.candidate, items[i]!.references[0]!] as const)
  const head = ['picture', metric.name, 'caption', 'a reference']
  if (order.length <= 2 * SHOWN) return [{ kind: 'table', head, rows: rows(order) }]
  return [
    { kind: 'heading', text: `Lowest ${metric.name}` },
    { kind: 'table', head, rows: rows(order.slice(0, SHOWN)) },
    { kind: 'heading', text: `Highest ${metric.name}` },
    { kind: 'table', head, rows: rows(order.slice(-SHOWN).reverse()) },
  ]
}
