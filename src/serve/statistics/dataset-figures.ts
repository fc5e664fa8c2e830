// A data set in figures: its statistics (`datasetStatistics`), one pass over the facts of its pictures, and what verify finds.
import type { OnProgress } from '../../base/progress.js'
import { type DatasetStatistics, datasetStatistics } from '../../layout/statistics/dataset-statistics.js'
import type { Dataset } from '../../shards/dataset.js'
import { verifyDataset } from '../../shards/verify/index.js'
import type { Bar, Figure, StatisticsReport } from '../wire.js'
import { distributionFigure } from './distribution-figure.js'
import { createHistogram } from './histogram.js'

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
  const { onProgress, signal } = options
  const { pairs, media } = manifest.tables
  return {
    location,
    pairs: pairs.rows,
    pictures: media.rows,
    figures: [
      bars('Pairs by subset', 'pairs', Object.fromEntries(manifest.subsets.map(({ name, pairs: n }) => [name, n]))),
      bars('Pairs by language', 'pairs', manifest.statistics.languages),
      bars('Pairs by split', 'pairs', manifest.statistics.splits),
      ...textFigures(await datasetStatistics(dataset, { verbSample: VERB_SAMPLE, onProgress, signal })),
      ...(await pictureFigures(dataset, options)),
      ...(options.verify ? [await issueFigure(dataset, options)] : []),
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

/** What the texts and the context tables are like: the statistics of `mimicit stats`, drawn. */
function textFigures({
  words,
  picturesPerPair,
  related,
  tokens,
  verbs,
  ...unique
}: DatasetStatistics): readonly Figure[] {
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
  ]
}

async function pictureFigures(dataset: Dataset, { onProgress, signal }: FigureOptions): Promise<readonly Figure[]> {
  const sides = createHistogram()
  const kilobytes = createHistogram()
  const formats: Record<string, number> = {}
  const total = dataset.manifest.tables.media.rows
  for await (const { columns, firstRow, rows } of dataset.columns('media', [
    'width',
    'height',
    'byte_length',
    'format',
  ])) {
    signal?.throwIfAborted()
    for (let i = 0; i < rows; i++) {
      sides.add(Math.max(columns.width![i] as number, columns.height![i] as number))
      kilobytes.add(Math.round((columns.byte_length![i] as number) / 1000))
      const format = columns.format![i] as string
      formats[format] = (formats[format] ?? 0) + 1
    }
    onProgress?.({ stage: 'measuring pictures', done: firstRow + rows, total, unit: 'pictures' })
  }
  return [
    sides.figure('Longer side of pictures', 'pixels'),
    kilobytes.figure('Size of pictures', 'kB'),
    bars('Pictures by format', 'pictures', formats),
  ]
}

async function issueFigure(dataset: Dataset, { onProgress }: FigureOptions): Promise<Figure> {
  const { issues } = await verifyDataset(dataset.location, { ...(onProgress && { onProgress }) })
  const counts: Record<string, number> = {}
  for (const { code, count } of issues) counts[code] = (counts[code] ?? 0) + count
  return bars('Issues that verify found', 'issues', Object.keys(counts).length === 0 ? { none: 0 } : counts)
}
