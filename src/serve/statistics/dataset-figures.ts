// A data set in figures: one pass over the columns of pairs, pictures and contexts, in memory that does not grow with them.
import type { OnProgress } from '../../base/progress.js'
import { contextRows } from '../../shards/context-rows.js'
import type { Dataset } from '../../shards/dataset.js'
import { verifyDataset } from '../../shards/verify/index.js'
import type { Bar, Figure, StatisticsReport } from '../wire.js'
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
  const { pairs, media } = manifest.tables
  return {
    location,
    pairs: pairs.rows,
    pictures: media.rows,
    figures: [
      bars('Pairs by subset', 'pairs', Object.fromEntries(manifest.subsets.map(({ name, pairs: n }) => [name, n]))),
      bars('Pairs by language', 'pairs', manifest.statistics.languages),
      bars('Pairs by split', 'pairs', manifest.statistics.splits),
      ...(await pairFigures(dataset, options)),
      ...(await contextFigures(dataset, options)),
      ...(await pictureFigures(dataset, options)),
      ...(options.verify ? [await issueFigure(dataset, options)] : []),
    ].filter((figure) => (figure.kind === 'bars' ? figure.bars.length > 0 : figure.summary.count > 0)),
  }
}

const byValue = (a: Bar, b: Bar) => b.value - a.value

const bars = (title: string, unit: string, counts: Readonly<Record<string, number>>): Figure => ({
  ...{ kind: 'bars', title, unit },
  bars: Object.entries(counts)
    .map(([label, value]) => ({ label, value }))
    .sort(byValue),
})

async function pairFigures(dataset: Dataset, { onProgress, signal }: FigureOptions): Promise<readonly Figure[]> {
  const instruction = createHistogram()
  const response = createHistogram()
  const pictures = createHistogram()
  const total = dataset.manifest.tables.pairs.rows
  for await (const { columns, firstRow, rows } of dataset.columns('pairs', ['instruction', 'response', 'media'])) {
    signal?.throwIfAborted()
    for (let i = 0; i < rows; i++) {
      instruction.add((columns.instruction![i] as string).length)
      response.add((columns.response![i] as string).length)
      pictures.add((columns.media![i] as readonly number[]).length)
    }
    onProgress?.({ stage: 'measuring pairs', done: firstRow + rows, total, unit: 'pairs' })
  }
  return [
    instruction.figure('Length of instructions', 'characters'),
    response.figure('Length of responses', 'characters'),
    pictures.figure('Pictures of a pair', 'pictures'),
  ]
}

async function contextFigures(dataset: Dataset, { onProgress, signal }: FigureOptions): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const [name, { rows: total }] of Object.entries(dataset.manifest.contexts)) {
    const shots = createHistogram()
    let done = 0
    for await (const { contexts } of contextRows(dataset, name)) {
      shots.add(contexts.length)
      if (++done % 16384 !== 0) continue
      signal?.throwIfAborted()
      onProgress?.({ stage: `measuring contexts of ${name}`, done, total, unit: 'queries' })
    }
    figures.push(shots.figure(`Contexts of a query, by ${name}`, 'contexts'))
  }
  return figures
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
