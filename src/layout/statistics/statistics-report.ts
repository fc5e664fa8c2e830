// The statistics of a data set for people: tables, and the pictures of the paper.
import { histogramChart } from '../../base/chart/histogram-chart.js'
import type { Report, ReportSection } from '../../base/chart/report.js'
import { sunburstChart } from '../../base/chart/sunburst.js'
import { formatCount } from '../../base/format.js'
import type { DatasetStatistics } from './dataset-statistics.js'
import { binsOf, type Distribution } from './distribution.js'

/** Bins of a histogram at most. */
const BINS = 50

/** A report of statistics, for a terminal or a page. */
export function statisticsReport(statistics: DatasetStatistics, title: string): Report {
  const { verbs, words, pictures, picturesPerPair, pictureFacts, related } = statistics
  const charts = statisticsCharts(statistics).map((svg): ReportSection => ({ kind: 'chart', svg }))
  return {
    title,
    sections: [
      { kind: 'table', head: ['', ''], rows: overview(statistics) },
      { kind: 'heading', text: 'Lengths and counts' },
      {
        kind: 'table',
        head: ['', 'mean', 'least', 'half have at most', '90 %', '99 %', 'most'],
        rows: [
          ['words of an instruction', ...spread(words.instruction)],
          ['words of a response', ...spread(words.response)],
          ['pictures of a pair', ...spread(picturesPerPair)],
          ...(pictures === 0
            ? []
            : [
                ['longer side of a picture, pixels', ...spread(pictureFacts.longerSide)],
                ['size of a picture, kB', ...spread(pictureFacts.kilobytes)],
              ]),
          ...Object.entries(related).map(([name, counts]) => [`in-context examples, ${name}`, ...spread(counts)]),
        ],
      },
      ...(verbs.top.length === 0 ? [] : verbSections(statistics)),
      ...charts,
    ],
  }
}

const round = (value: number) => Number(value.toFixed(2))
const spread = ({ mean, min, p50, p90, p99, max }: Distribution) => [mean, min, p50, p90, p99, max]

const counted = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${formatCount(count)}`)
    .join(', ') || 'none named'

function overview({ pairs, pictures, uniqueInstructions, uniqueResponses, tokens, cost, ...rest }: DatasetStatistics) {
  const share = (part: number) =>
    `${formatCount(part)}${pairs === 0 ? '' : ` (${((100 * part) / pairs).toFixed(1)} %)`}`
  const made =
    cost === null
      ? 'not known'
      : `${formatCount(cost.promptTokens)} prompt and ${formatCount(cost.completionTokens)} completion tokens of ${cost.by.join(', ')}${cost.cost === null ? '' : `, ${cost.cost.toFixed(2)} in the currency of the prices`}`
  return [
    ['pairs', formatCount(pairs)],
    ['pictures', formatCount(pictures)],
    ['different instructions', share(uniqueInstructions)],
    ['different responses', share(uniqueResponses)],
    ['subsets', counted(rest.subsets)],
    ['languages', counted(rest.languages)],
    ['splits', counted(rest.splits)],
    ['visuals', counted(rest.mediaKinds)],
    ...(pictures === 0 ? [] : [['formats', counted(rest.pictureFacts.formats)]]),
    [
      'tokens of text',
      tokens === null
        ? 'not counted (give a tokenizer, or run `mimicit tokenize` once)'
        : `${formatCount(tokens.instruction + tokens.response)}: ${formatCount(tokens.instruction)} of instructions, ${formatCount(tokens.response)} of responses, by ${tokens.by}`,
    ],
    ['cost to make', made],
    ...(rest.issues === null
      ? []
      : [['issues', Object.keys(rest.issues).length === 0 ? 'none' : counted(rest.issues)]]),
  ]
}

function verbSections({ verbs: { sampled, english, withVerb, withObject, top } }: DatasetStatistics): ReportSection[] {
  const text = `Root verbs and direct objects of ${formatCount(sampled)} of ${formatCount(english)} English instructions: ${formatCount(withVerb)} have a verb, ${formatCount(withObject)} an object too. By rule over parts of speech.`
  return [
    { kind: 'heading', text: 'What is asked' },
    { kind: 'text', text },
    {
      kind: 'table',
      head: ['verb', 'times', 'objects'],
      rows: top.map(({ verb, count, nouns }) => [
        verb,
        count,
        nouns.map(({ noun, count: n }) => `${noun} ${n}`).join(', '),
      ]),
    },
  ]
}

/** The pictures: verbs with their objects, then the histograms. Each is an SVG document. */
export function statisticsCharts(statistics: DatasetStatistics): readonly string[] {
  const { verbs, words, pictures, picturesPerPair, pictureFacts, related } = statistics
  const histogram = (title: string, across: string, up: string, counts: Distribution) =>
    histogramChart({
      ...{ title, across, up, bins: binsOf(counts, BINS) },
      note: `mean ${round(counts.mean)}${counts.beyond === 0 ? '' : `, ${formatCount(counts.beyond)} beyond`}`,
    })
  const hasObjects = verbs.top.some(({ nouns }) => nouns.length > 0)
  return [
    ...(hasObjects
      ? [
          sunburstChart({
            title: 'Root verbs of instructions and their objects',
            parts: verbs.top.map(({ verb, count, nouns }) => ({
              ...{ name: verb, count },
              parts: nouns.map(({ noun, count: times }) => ({ name: noun, count: times })),
            })),
          }),
        ]
      : []),
    histogram('Lengths of instructions', 'words', 'pairs', words.instruction),
    histogram('Lengths of responses', 'words', 'pairs', words.response),
    histogram('Pictures of a pair', 'pictures', 'pairs', picturesPerPair),
    ...(pictures === 0
      ? []
      : [
          histogram('Longer sides of pictures', 'pixels', 'pictures', pictureFacts.longerSide),
          histogram('Sizes of pictures', 'kB', 'pictures', pictureFacts.kilobytes),
        ]),
    ...Object.entries(related).map(([name, counts]) =>
      histogram(`In-context examples (${name})`, 'examples', 'queries', counts),
    ),
  ]
}

const SIZE = /^<svg[^>]* width="([\d.]+)" height="([\d.]+)"/

/** All pictures below each other as one SVG file. */
export function statisticsPicture(statistics: DatasetStatistics): string {
  const charts = statisticsCharts(statistics).map((svg) => {
    const [, width, height] = SIZE.exec(svg)!.map(Number)
    return { svg, width: width!, height: height! }
  })
  const width = charts.reduce((most, chart) => Math.max(most, chart.width), 0)
  let top = 0
  const placed = charts.map((chart) => {
    const at = top
    top += chart.height
    return chart.svg.replace('<svg ', `<svg x="${(width - chart.width) / 2}" y="${at}" `).trimEnd()
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" viewBox="0 0 ${width} ${top}">`,
    `<rect width="${width}" height="${top}" fill="#fff"/>`,
    ...placed,
    '</svg>\n',
  ].join('\n')
}
