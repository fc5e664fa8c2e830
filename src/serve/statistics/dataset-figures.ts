// A data set in figures: its statistics (`datasetStatistics`), drawn.
import type { OnProgress } from '../../base/progress.js'
import { type DatasetStatistics, datasetStatistics } from '../../layout/statistics/dataset-statistics.js'
import type { Dataset } from '../../shards/dataset.js'
import type { Bar, Figure, StatisticsReport } from '../wire.js'
import { distributionFigure } from './distribution-figure.js'

/** What is measured beside the tables. */
export interface FigureOptions {
  /** Also checks the data set, and shows the issues that are found. @default false */
  readonly verify?: boolean
  readonly onProgress?: OnProgress
  readonly signal?: AbortSignal
}

/** Goes through a data set once. @throws MimicitError as reading it does */
export async function datasetFigures(dataset: Dataset, options: FigureOptions = {}): Promise<StatisticsReport> {
  const { manifest, location } = dataset
  const { verify, onProgress, signal } = options
  const { pairs, media } = manifest.tables
  return {
    location,
    pairs: pairs.rows,
    pictures: media.rows,
    figures: [
      bars('Pairs by subset', 'pairs', Object.fromEntries(manifest.subsets.map(({ name, pairs: n }) => [name, n]))),
      bars('Pairs by language', 'pairs', manifest.statistics.languages),
      bars('Pairs by split', 'pairs', manifest.statistics.splits),
      ...measured(await datasetStatistics(dataset, { verbSample: VERB_SAMPLE, verify, onProgress, signal })),
    ].filter((figure) => (figure.kind === 'bars' ? figure.bars.length > 0 : figure.summary.count > 0)),
  }
}

/** Instructions whose verbs are looked for: more would keep who looks at a large data set waiting. */
const VERB_SAMPLE = 50_000
const MOST_OBJECTS = 20

const byValue = (a: Bar, b: Bar) => b.value - a.value

const bars = (title: string, unit: string, counts: Readonly<Record<string, number>>): Figure => ({
  ...{ kind: 'bars', title, unit },
  bars: Object.entries(counts)
    .map(([label, value]) => ({ label, value }))
    .sort(byValue),
})

/** What `mimicit stats` tells. */
function measured(statistics: DatasetStatistics): readonly Figure[] {
  const { words, picturesPerPair, pictureFacts, related, tokens, verbs, issues, ...unique } = statistics
  const objects = verbs.top.flatMap(({ verb, nouns }) =>
    nouns.map(({ noun, count }) => ({ label: `${verb} ${noun}`, value: count })),
  )
  return [
    distributionFigure('Length of instructions', 'words', words.instruction),
    distributionFigure('Length of responses', 'words', words.response),
    bars('Different texts', 'texts', { instructions: unique.uniqueInstructions, responses: unique.uniqueResponses }),
    ...(tokens === null
      ? []
      : [bars(`Tokens by ${tokens.by}`, 'tokens', { instructions: tokens.instruction, responses: tokens.response })]),
    bars(
      'Root verbs of instructions',
      'instructions',
      Object.fromEntries(verbs.top.map((row) => [row.verb, row.count])),
    ),
    {
      ...{ kind: 'bars', title: 'Root verbs with their objects', unit: 'instructions' },
      bars: objects.sort(byValue).slice(0, MOST_OBJECTS),
    },
    distributionFigure('Pictures of a pair', 'pictures', picturesPerPair),
    ...Object.entries(related).map(([name, counts]) =>
      distributionFigure(`Contexts of a query, by ${name}`, 'contexts', counts),
    ),
    distributionFigure('Longer side of pictures', 'pixels', pictureFacts.longerSide),
    distributionFigure('Size of pictures', 'kB', pictureFacts.kilobytes),
    bars('Pictures by format', 'pictures', pictureFacts.formats),
    ...(issues === null
      ? []
      : [bars('Issues that verify found', 'issues', Object.keys(issues).length === 0 ? { none: 0 } : issues)]),
  ]
}
